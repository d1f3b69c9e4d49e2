#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The core as a client sees it, without a guest: definitions, errors, what remains afterwards."""
import glob
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../common'))
import tap
from session import ROOT, SERIAL, Error, Gio, GLib, Session, domain

V = GLib.Variant
HERE = os.path.dirname(os.path.abspath(__file__))


def refused(name, function, *args, **kw):
    """The error that FUNCTION fails with; it must be called NAME."""
    try:
        result = function(*args, **kw)
    except Error as error:
        assert error.name == name, f'{error.name} instead of {name}: {error.message}'
        assert error.message.strip(), 'an error without words'
        return error.message
    raise AssertionError(f'not refused: {result!r}')


def names(session):
    return [row[1] for row in session.manager('ListMachines', '(a{sv})', {})]


def stored(session):
    """All files that the core keeps for machines."""
    return sorted(p for d in ('m', 'images') for p in
                  glob.glob(session.env['XDG_DATA_HOME'] + f'/guesthouse/{d}/*'))


def test_define_and_lookup(session):
    path = session.define(domain('one'))
    uuid = session.get(path, 'Machine', 'Uuid')
    assert names(session) == ['one']
    assert session.manager('LookupByName', '(s)', 'one') == path
    assert session.manager('LookupByUuid', '(s)', uuid.upper()) == path
    assert 'two' in refused('NotFound', session.manager, 'LookupByName', '(s)', 'two')
    refused('Invalid', session.manager, 'LookupByUuid', '(s)', 'no uuid')
    row = session.manager('ListMachines', '(a{sv})', {})[0]
    assert row[:3] == (path, 'one', uuid) and row[4] == 'off' and row[8:] == (1, 256, 1), row
    session.machine(path, 'Undefine', '(a{sv})', {})
    assert names(session) == [] and stored(session) == []


def test_definition_survives(session):
    """What is not understood stays, and a restart of the core changes nothing."""
    xml = domain('keep', extra="<!-- a comment --><metadata><x:y xmlns:x='urn:x' a=\"1\">é</x:y></metadata>",
                 devices=SERIAL)
    path = session.define(xml)
    text, generation = session.machine(path, 'GetXml', '(a{sv})', {})
    assert '<!-- a comment -->' in text and 'urn:x' in text and 'é' in text and generation == 1
    assert session.machine(path, 'SetXml', '(sta{sv})', text, 1, {}) is not None
    assert session.machine(path, 'GetXml', '(a{sv})', {}) == [text, 1], 'a no-op made a generation'
    session.kill_core()
    assert session.machine(path, 'GetXml', '(a{sv})', {}) == [text, 1]


def row(session):
    return session.manager('ListMachines', '(a{sv})', {})[0]


def test_generations(session):
    path = session.define(domain('gen'))
    assert row(session)[8:] == (1, 256, 1)
    text, generation = session.machine(path, 'GetXml', '(a{sv})', {})
    session.machine(path, 'SetXml', '(sta{sv})', text.replace('<vcpu>1<', '<vcpu>2<'), generation, {})
    assert session.get(path, 'Machine', 'Vcpus') == 2
    assert session.get(path, 'Machine', 'Generation') == 2
    assert row(session)[8:] == (2, 256, 2), 'the list is not of now'
    assert 'gen' in refused('Stale', session.machine, path, 'SetXml', '(sta{sv})', text, generation, {})
    assert session.get(path, 'Machine', 'Vcpus') == 2
    session.define(text)    # Define with the UUID and name of a machine is a new generation too
    assert session.get(path, 'Machine', 'Generation') == 3 and names(session) == ['gen']
    assert row(session)[8:] == (3, 256, 1)


def test_taken(session):
    path = session.define(domain('one'))
    assert 'one' in refused('Exists', session.define, domain('one'))
    text = session.machine(path, 'GetXml', '(a{sv})', {})[0]
    refused('Exists', session.define, text.replace('>one<', '>other<'))
    other = session.define(domain('two'))
    theirs = session.machine(other, 'GetXml', '(a{sv})', {})[0]
    refused('Exists', session.machine, other, 'SetXml', '(sta{sv})', theirs.replace('>two<', '>one<'), 0, {})
    refused('Invalid', session.machine, other, 'SetXml', '(sta{sv})', text, 0, {})
    assert names(session) == ['one', 'two']


def test_bad_documents(session):
    bomb = ('<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' +
            domain('x').replace('>x<', '>&b;<'))
    bad = {'empty': '', 'text': 'no xml', 'cut': domain('x')[:200], 'doctype': '<!DOCTYPE domain>' + domain('x'),
           'entities': bomb, 'other': '<network/>', 'huge': domain('x', extra='<!--' + 'x' * (2 << 20) + '-->'),
           'deep': '<domain>' + '<a>' * 5000 + '</a>' * 5000 + '</domain>',
           'external': '<!DOCTYPE d SYSTEM "file:///etc/passwd">' + domain('x')}
    for name, xml in bad.items():
        message = refused('Invalid', session.define, xml)
        assert len(message) < 4000, name
        problems = session.manager('Validate', '(sa{sv})', xml, {})
        assert any(p[0] == 2 for p in problems), name
    assert names(session) == [] and stored(session) == []


def test_names(session):
    for name in ('', 'x' * 300, 'a/b', 'a\nb', 'a\tb', '.', '..'):
        xml = domain(name.replace('\n', '&#10;').replace('\t', '&#9;'))
        refused('Invalid', session.define, xml)
    assert names(session) == []
    good = ['-rf', 'a,b', "it's", 'say "hi"', 'äöü 中文', '%s%n', '$(reboot)', ';&|`', 'x' * 255, '--help']
    for name in good:
        session.define(domain(GLib.markup_escape_text(name)))
    assert names(session) == sorted(good, key=lambda n: n.encode())
    session.kill_core()
    assert names(session) == sorted(good, key=lambda n: n.encode())


def test_memory_beyond_host(session):
    message = refused('Invalid', session.define, domain('big', memory=1 << 30))
    assert 'memory' in message.lower()
    refused('Invalid', session.define, domain('none', memory=0))


def test_all_problems_at_once(session):
    xml = domain('', memory=0, vcpus=0, devices="<disk type='file' device='disk'><driver name='qemu' type='exe'/>"
                 "<source file='/x'/><target dev='vda' bus='scuzzy'/></disk>")
    problems = [p for p in session.manager('Validate', '(sa{sv})', xml, {}) if p[0] == 2]
    places = ' '.join(p[1] for p in problems)
    assert len(problems) >= 5, problems
    for place in ('name', 'memory', 'vcpu', 'disk'):
        assert place in places, (place, problems)
    assert all(p[4] for p in problems) and all(p[2] > 0 for p in problems), problems
    assert any('scuzzy' == p[3] and 'virtio' in p[5] for p in problems), problems


def test_unknown_options(session):
    path = session.define(domain('one'))
    for call in ((path, 'Machine', 'Start', '(a{sv})', {'fast': V('b', True)}),
                 (path, 'Machine', 'Start', '(a{sv})', {'paused': V('s', 'yes')}),
                 (path, 'Machine', 'GetXml', '(a{sv})', {'secure': V('b', True)}),
                 (ROOT, 'Manager', 'ListMachines', '(a{sv})', {'x': V('u', 1)}),
                 (ROOT, 'Manager', 'Install', '(sa{sv})', domain('two'), {'reboots': V('u', 99)}),
                 (ROOT, 'Manager', 'Install', '(sa{sv})', domain('two'), {'disk': V('b', True)})):
        refused('Invalid', session.call, *call)
    assert session.state(path) == 'off' and names(session) == ['one']


def test_wrong_state(session):
    path = session.define(domain('one', devices=SERIAL))
    for method in ('Reset', 'PowerOff', 'Pause', 'Resume'):
        assert 'one' in refused('InvalidState', session.machine, path, method)
    refused('InvalidState', session.machine, path, 'Shutdown', '(a{sv})', {})
    refused('InvalidState', session.machine, path, 'Reboot', '(a{sv})', {})
    refused('InvalidState', session.machine, path, 'OpenDisplay', '(sa{sv})', 'dbus', {})
    refused('InvalidState', session.machine, path, 'OpenConsole', '(sa{sv})', 'serial0', {})
    refused('NotFound', session.machine, path, 'OpenConsole', '(sa{sv})', 'serial7', {})
    refused('InvalidState', session.machine, path, 'Screenshot', '(a{sv})', {})
    refused('InvalidState', session.machine, path, 'SendKeys', '(asa{sv})', ['a'], {})


DISK = ("<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>{source}"
        "<target dev='vda' bus='virtio'/></disk>")
CD = ("<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{}'/>"
      "<target dev='sda' bus='sata'/><readonly/></disk>")


def install(session, xml, **options):
    return session.job(session.manager('Install', '(sa{sv})', xml, options))


def disk(capacity, target='vda', **more):
    return V('aa{sv}', [{'target': V('s', target), 'capacity': V('t', capacity), **more}])


def test_install_leaves_nothing_behind(session):
    """Each way in which an installation can fail."""
    missing = domain('iso', devices=DISK.format(source='') + CD.format('/does/not/exist.iso'))
    message = refused('Storage', install, session, missing, disks=disk(1 << 30), media=V('s', 'sda'))
    assert '/does/not/exist.iso' in message
    assert names(session) == [] and stored(session) == []

    message = refused('Storage', install, session, domain('big', devices=DISK.format(source='')),
                      disks=disk(1 << 46))
    assert 'room' in message and 'TiB' in message
    for size in (0, 512, (1 << 20) + 1, 1 << 60):
        refused('Invalid', install, session, domain('odd', devices=DISK.format(source='')), disks=disk(size))

    here = os.path.join(session.dir, 'mine.qcow2')
    with open(here, 'w') as out:
        out.write('precious')
    message = refused('Exists', install, session,
                      domain('there', devices=DISK.format(source=f"<source file='{here}'/>")), disks=disk(1 << 30))
    assert here in message and open(here).read() == 'precious'

    refused('Storage', install, session, domain('nowhere', devices=DISK.format(
        source="<source file='/no/such/folder/x.qcow2'/>")), disks=disk(1 << 30))
    refused('Invalid', install, session, domain('target', devices=DISK.format(source='')),
            disks=disk(1 << 30, 'vdz'))
    refused('Invalid', install, session, domain('media', devices=DISK.format(source='')),
            disks=disk(1 << 30), media=V('s', 'vda'))
    session.define(domain('taken'))
    assert 'taken' in refused('Exists', install, session, domain('taken', devices=DISK.format(source='')),
                              disks=disk(1 << 30))
    assert names(session) == ['taken']
    assert len(stored(session)) == 1, stored(session)


def test_hostile_values(session):
    """Half characters, titles of megabytes, one UUID in two spellings, files that are none."""
    euros = '€' * 400
    for xml in (domain('a').replace("machine='q35'", f"machine='{euros}'"),
                domain('b', extra=f'<uuid>{euros}</uuid>'), domain('c').replace('<vcpu>1<', f'<vcpu>{euros}<')):
        refused('Invalid', session.define, xml)
    path = session.define(domain('long', extra='<title>' + 'x' * 1000000 + '</title>'))
    assert len(session.get(path, 'Machine', 'Title')) == 256
    upper = 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE'
    path = session.define(domain('one', extra=f'<uuid>{upper}</uuid>'))
    assert session.get(path, 'Machine', 'Uuid') == upper.lower()
    assert session.manager('LookupByUuid', '(s)', upper) == path
    refused('Exists', session.define, domain('two', extra=f'<uuid>{upper.lower()}</uuid>'))
    refused('Invalid', session.define, domain('many', extra='<metadata>' + '<a/>' * 30000 + '</metadata>'))
    pipe = os.path.join(session.dir, 'pipe')
    os.mkfifo(pipe)
    cd = session.define(domain('cd', devices=CD.format('')))
    refused('Storage', session.machine, cd, 'ChangeMedia', '(ssa{sv})', 'sda', pipe, {})
    refused('Storage', session.machine, cd, 'ChangeMedia', '(ssa{sv})', 'sda', '/dev/zero', {})


def test_new_image_overwrites_nothing(session):
    secret = os.path.join(session.dir, 'secret')
    with open(secret, 'w') as out:
        out.write('precious')
    os.symlink(secret, os.path.join(session.dir, 'new.qcow2.part'))
    install(session, domain('new', devices=DISK.format(source=f"<source file='{session.dir}/new.qcow2'/>")),
            disks=disk(1 << 30), start=V('b', False))
    assert open(secret).read() == 'precious'
    assert not os.path.islink(session.dir + '/new.qcow2')
    assert sorted(n for n in os.listdir(session.dir) if n.startswith('new.')) == ['new.qcow2', 'new.qcow2.part']


def test_install_without_start(session):
    result = install(session, domain('a,b', devices=DISK.format(source='')), disks=disk(1 << 30),
                     start=V('b', False))
    path = result['machine']
    assert session.state(path) == 'off'
    xml = session.machine(path, 'GetXml', '(a{sv})', {})[0]
    image = session.env['XDG_DATA_HOME'] + '/guesthouse/images/a-b.qcow2'
    assert image in xml and os.path.exists(image)
    with open(image, 'rb') as file:
        fds = Gio.UnixFDList.new()
        fds.append(file.fileno())
        details = session.manager('InspectImage', '(h)', 0, fds=fds)
    assert details['format'] == 'qcow2' and details['capacity'] == 1 << 30, details
    refused('Invalid', session.manager, 'InspectImage', '(h)', 0)


def test_capabilities(session):
    host = session.manager('GetCapabilities')
    assert '<capabilities>' in host and '<host>' in host, host
    xml = session.manager('GetDomainCapabilities', '(a{sv})', {})
    assert '<domainCapabilities>' in xml and '<value>virtio</value>' in xml, xml
    refused('Unsupported', session.manager, 'GetDomainCapabilities', '(a{sv})', {'arch': V('s', 'vax')})
    summary = session.get(ROOT, 'Manager', 'HostSummary')
    assert summary['accelerator'] in ('kvm', 'tcg') and summary['accelerator-reason']
    assert summary['error'] == '' and summary['memory-mib'] > 0 and 'bios' in summary['firmwares']


def test_broken_definition(session):
    """A definition that cannot be read is listed and can be mended; the others are well."""
    path, other = session.define(domain('one')), session.define(domain('two'))
    xml = session.machine(path, 'GetXml', '(a{sv})', {})[0]
    uuid = session.get(path, 'Machine', 'Uuid')
    file = glob.glob(f"{session.env['XDG_DATA_HOME']}/guesthouse/m/{uuid}/definition-*.xml")[0]
    for damage in (b'<domain><name>', b'', b'\0\0\0'):
        with open(file, 'wb') as out:
            out.write(damage)
        session.kill_core()
        assert session.state(path) == 'broken' and session.state(other) == 'off'
        assert session.get(path, 'Machine', 'Problem')
        refused('Broken', session.machine, path, 'Start', '(a{sv})', {})
        refused('Broken', session.machine, path, 'GetXml', '(a{sv})', {})
    session.machine(path, 'SetXml', '(sta{sv})', xml, 0, {})
    assert session.state(path) == 'off' and session.get(path, 'Machine', 'Name') == 'one'


def test_no_qemu(session):
    """Without QEMU the core lists machines and says what is missing."""
    empty = os.path.join(session.dir, 'bin')
    os.mkdir(empty)
    path = session.define(domain('one'))
    session.kill_core()
    session.restart_core(PATH=empty)
    shutil.rmtree(session.env['XDG_CACHE_HOME'] + '/guesthouse', ignore_errors=True)
    assert names(session) == ['one']
    message = refused('Unsupported', session.start, path)
    assert 'qemu-system-x86' in message, message
    assert 'qemu' in session.get(ROOT, 'Manager', 'HostSummary')['error'].lower()
    refused('Unsupported', session.define, domain('two'))
    assert session.state(path) == 'off'


def fake(session, **plan):
    folder = os.path.join(session.dir, 'fake')
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(HERE, '../common/fake-qemu'), os.path.join(folder, 'qemu-system-x86_64'))
    with open(os.path.join(folder, 'FAKE_QEMU'), 'w') as out:
        json.dump(plan, out)
    if session.env['PATH'].split(':')[0] != folder:
        session.restart_core(PATH=folder + ':' + session.env['PATH'])


def test_qemu_dies(session):
    """QEMU's own words are in the error, and nothing remains."""
    fake(session, die='-device virtio-coffee: no such device “coffee”')
    path = session.define(domain('one'))
    message = refused('Hypervisor', session.start, path)
    assert 'no such device “coffee”' in message.splitlines()[0], message
    assert session.state(path) == 'off' and session.get(path, 'Machine', 'Reason') == 'failed'
    assert 'coffee' in session.get(path, 'Machine', 'Problem')
    assert 'coffee' in session.machine(path, 'GetLog')
    assert os.listdir(session.env['XDG_RUNTIME_DIR'] + '/guesthouse') == []
    fake(session)
    session.start(path)
    assert session.state(path) == 'running' and session.get(path, 'Machine', 'Problem') == ''


def test_qemu_misbehaves(session):
    for plan in ({'error': 'cont'}, {'error': 'qmp_capabilities'}, {'greeting': 'garbage\n'},
                 {'greeting': '[' * 100000 + '\n'}):
        fake(session, **plan)
        if not names(session):
            path = session.define(domain('one'))
        refused('Hypervisor', session.start, path)
        assert session.state(path) == 'off', plan
        assert session.get(path, 'Machine', 'Pid') == 0
        assert os.listdir(session.env['XDG_RUNTIME_DIR'] + '/guesthouse') == []
    fake(session, error='stop')
    session.start(path)
    assert 'stop is not for you' in refused('Hypervisor', session.machine, path, 'Pause')
    assert session.state(path) == 'running'


def test_silent_qemu(session):
    """A start that hangs can be cancelled, and powered off."""
    fake(session, silent=True)
    path = session.define(domain('one'))
    job = session.machine(path, 'Start', '(a{sv})', {})
    refused('Busy', session.machine, path, 'Undefine', '(a{sv})', {})
    session.call(job, 'Job', 'Cancel')
    refused('Cancelled', session.job, job)
    assert session.get(job, 'Job', 'State') == 'cancelled' and session.state(path) == 'off'
    refused('InvalidState', session.call, job, 'Job', 'Cancel')
    job = session.machine(path, 'Start', '(a{sv})', {})
    session.machine(path, 'PowerOff')
    assert session.state(path) == 'off'
    refused('Cancelled', session.job, job)
    session.call(job, 'Job', 'Dismiss')
    refused('UnknownMethod', session.call, job, 'Job', 'Dismiss')


if __name__ == '__main__':
    tap.main(globals(), before=Session, after=Session.close)
