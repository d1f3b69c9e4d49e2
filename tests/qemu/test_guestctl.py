#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""guestctl against the core of this build, with real guests: what a person and a script see of it."""
import fcntl
import json
import os
import pty
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../common'))
import tap
from session import BUILD, SERIAL, Console, Session, domain, kernel, tiny

GUESTCTL = os.path.abspath(os.path.join(BUILD, 'src/cli/guestctl'))
COMPLETION = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../data/completions/guestctl')
VIDEO = "<video><model type='virtio'/></video>"


def run(session, *args, status=0, text=None, **env):
    """Run guestctl; what it wrote on standard output and standard error."""
    done = subprocess.run([GUESTCTL, *args], env=dict(session.env, **env), timeout=300,
                          input=text.encode() if text is not None else b'', capture_output=True)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == status, f'{args}: status {done.returncode}, not {status}\n{out}{err}'
    assert 'CRITICAL' not in err and 'WARNING' not in err, err
    return out, err


def query(session, *args):
    return json.loads(run(session, args[0], '--json', *args[1:])[0])


def define(session, name='box', devices='', os=''):
    run(session, 'define', '-', text=domain(name, os=os, devices=SERIAL + devices))


def wait_prompt(session, name='box'):
    console = Console(session, session.manager('LookupByName', '(s)', name), read_only=True)
    console.expect('tiny#')
    console.close()


class Terminal:
    """guestctl on a terminal of its own."""

    def __init__(self, session, *args, **env):
        self.session, self.text = session, ''
        self.fd, self.side = pty.openpty()
        self.before = termios.tcgetattr(self.side)
        self.process = subprocess.Popen([GUESTCTL, *args], env=dict(session.env, **env), stdin=self.side,
                                        stdout=self.side, stderr=self.side, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.set_blocking(self.fd, False)

    def read(self):
        try:
            self.text += os.read(self.fd, 65536).decode(errors='replace')
        except BlockingIOError:
            pass

    def expect(self, text, timeout=120):
        def there():
            self.read()
            return text in self.text
        try:
            self.session.wait(there, repr(text), timeout)
        except AssertionError:
            raise AssertionError(f'{text!r} did not come: {self.text[-800:]!r}') from None
        self.text = self.text.partition(text)[2]

    def type(self, data):
        os.write(self.fd, data)

    def end(self, status=0):
        def ended():
            self.read()
            return self.process.poll() is not None
        self.session.wait(ended, 'the end of guestctl', 20)
        assert self.process.returncode == status, f'{self.process.returncode}: {self.text!r}'
        assert termios.tcgetattr(self.side) == self.before, 'the terminal is not as it was'
        os.close(self.fd)
        os.close(self.side)


def test_install(session):
    """The whole story from the shell: install, look, type, change, shut down, remove."""
    out, _ = run(session, 'install', '--name', 'tiny, one', '--cdrom', tiny('tiny-installer.iso'),
                 '--memory', '512', '--vcpus', '1', '--disk', 'size=0.2', '--boot', 'bios',
                 '--virt-type', 'qemu', '--noautoconsole', '--wait', '10')
    assert 'It is installed' in out
    machine, = query(session, 'list')
    assert machine['name'] == 'tiny, one' and not machine['installing'] and machine['memory_mib'] == 512
    xml = run(session, 'dumpxml', 'tiny, one')[0]
    assert 'installer.iso' not in xml and 'firmware=' not in xml

    terminal = Terminal(session, 'console', 'tiny, one')
    terminal.expect('from=disk')
    terminal.expect('tiny#')
    terminal.type(b'echo a$((20+22))z\r')
    terminal.expect('a42z')
    busy = run(session, 'console', 'tiny, one', status=1)[1]
    assert 'force' in busy
    terminal.type(b'\x1d')
    terminal.end()

    assert run(session, 'domstate', 'tiny, one')[0] == 'running\n'
    picture = os.path.join(session.dir, 'shot.png')
    run(session, 'screenshot', 'tiny, one', picture)
    assert open(picture, 'rb').read(4) == b'\x89PNG'
    run(session, 'send-key', 'tiny, one', 'KEY_LEFTCTRL', 'alt', 'F1')
    run(session, 'change-media', 'tiny, one', 'sda', tiny('tiny.iso'))
    assert 'tiny.iso' in run(session, 'dumpxml', 'tiny, one')[0]
    run(session, 'change-media', 'tiny, one', 'sda', '--eject')
    assert 'tiny.iso' not in run(session, 'dumpxml', 'tiny, one')[0]
    run(session, 'shutdown', 'tiny, one', '--wait', '--timeout', '60')
    assert run(session, 'domstate', 'tiny, one', '--reason')[0] == 'shut off (shutdown)\n'
    run(session, 'undefine', 'tiny, one')
    assert query(session, 'list', '--all') == []


def test_lifecycle(session):
    """virsh's verbs have virsh's effects, and machines are found by name and by UUID."""
    define(session, 'box', VIDEO, kernel())
    uuid = run(session, 'domuuid', 'box')[0].strip()
    assert run(session, 'list')[0].count('\n') == 2
    assert 'shut off' in run(session, 'list', '--all')[0]
    assert run(session, 'list', '--all', '--name')[0] == 'box\n'
    assert run(session, 'list', '--all', '--uuid')[0] == uuid + '\n'
    run(session, 'start', uuid, '--paused')
    assert run(session, 'domstate', 'box', '--reason')[0] == 'paused (user)\n'
    run(session, 'resume', 'box')
    assert run(session, 'list', '--state-running', '--name')[0] == 'box\n'
    assert int(run(session, 'domid', 'box')[0]) == query(session, 'dominfo', 'box')['pid']
    run(session, 'suspend', '--domain', 'box')
    assert query(session, 'domstate', 'box')['state'] == 'paused'
    run(session, 'resume', 'box')
    run(session, 'reset', 'box')
    run(session, 'start', 'box', status=1)
    assert 'qemu-system' in run(session, 'log', 'box')[0]
    run(session, 'undefine', 'box', status=1)
    run(session, 'destroy', 'box')
    assert run(session, 'domstate', 'box', '--reason')[0] == 'shut off (destroyed)\n'
    run(session, 'destroy', 'box', status=1)
    run(session, 'console', 'box', status=1)


def test_console_of_a_pipe(session):
    """What a pipe brings is typed; after its end the output is shown until the machine is off."""
    define(session, 'box', os=kernel())
    run(session, 'start', 'box')
    wait_prompt(session)
    out, _ = run(session, 'console', 'box', text='echo b$((20+22))z; poweroff\n')
    assert 'b42z' in out
    assert run(session, 'domstate', 'box')[0] == 'shut off\n'


def test_definitions(session):
    """dumpxml gives what define took; validate says all that is wrong, with line and remedy."""
    define(session)
    xml = run(session, 'dumpxml', 'box')[0]
    run(session, 'define', '-', text=xml)
    assert run(session, 'dumpxml', 'box')[0] == xml
    file = os.path.join(session.dir, 'box.xml')
    with open(file, 'w') as out:
        out.write(xml)
    run(session, 'validate', file)
    with open(file, 'w') as out:
        out.write(xml.replace('</devices>', "<video><model type='foo'/></video></devices>")
                  .replace('<vcpu>1<', '<vcpu>x<'))
    err = run(session, 'validate', file, status=1)[1]
    assert 'foo' in err and 'line ' in err and '“x”' in err
    assert {'error'} <= {p['severity'] for p in json.loads(run(session, 'validate', '--json', file, status=1)[0])}
    assert 'error' not in run(session, 'define', file, status=1)[0]
    run(session, 'define', '-', text='<domain', status=1)
    run(session, 'define', '-', text='x' * (3 << 20), status=1)
    run(session, 'define', os.path.join(session.dir, 'none.xml'), status=1)


def editor(session, name, script):
    path = os.path.join(session.dir, name)
    with open(path, 'w') as out:
        out.write('#!/bin/sh\n' + script)
    os.chmod(path, 0o755)
    return path


def test_edit(session):
    """An edit is taken, refused without being lost, and noticed to be stale."""
    define(session)
    assert 'Nothing was changed' in run(session, 'edit', 'box', EDITOR='true')[0]
    run(session, 'edit', 'box', EDITOR='sed -i s/256/128/')
    assert query(session, 'dominfo', 'box')['memory_mib'] == 128

    err = run(session, 'edit', 'box', EDITOR='sed -i s/128/much/', status=1)[1]
    path = err.rpartition('“')[2].partition('”')[0]
    assert 'much' in open(path).read() and os.stat(path).st_mode & 0o777 == 0o600
    assert query(session, 'dominfo', 'box')['memory_mib'] == 128

    terminal = Terminal(session, 'edit', 'box',
                        EDITOR=editor(session, 'twice', 'grep -q much "$1" && sed -i s/much/64/ "$1" '
                                                        '|| sed -i s/128/much/ "$1"\n'))
    terminal.expect('again or')
    terminal.type(b'e\n')
    terminal.expect('was changed')
    terminal.end()
    assert query(session, 'dominfo', 'box')['memory_mib'] == 64

    meanwhile = editor(session, 'meanwhile', f'VISUAL="sed -i s/>64/>96/" {GUESTCTL} edit box\n'
                                             'sed -i "s/>64/>160/" "$1"\n')
    err = run(session, 'edit', 'box', VISUAL=meanwhile, status=1)[1]
    assert 'changed' in err
    assert query(session, 'dominfo', 'box')['memory_mib'] == 96
    assert 'failed' in run(session, 'edit', 'box', EDITOR='false', status=1)[1]
    assert 'no-such-editor' in run(session, 'edit', 'box', EDITOR='no-such-editor', status=1)[1]


def test_wrong_words(session):
    """A wrong command line is told by name, with status 2, and nothing is done."""
    for args, word in ((['frobnicate'], 'frobnicate'), (['--frob'], '--frob'), (['list', '--frob'], '--frob'),
                       (['start'], 'MACHINE'), (['start', 'a', 'b'], '“b”'),
                       (['install', '--cdrom', 'x', '--disk', 'siz=3'], 'siz'),
                       (['install', '--cdrom', 'x', '--disk', 'size=-3'], '-3'),
                       (['install', '--cdrom', 'x', '--location', 'y'], '--location'),
                       (['install', '--cdrom', 'x', '--import'], '--import'),
                       (['install'], '--cdrom'), (['shutdown', 'a', '--timeout', '-1'], 'negative'),
                       (['--connect', 'qemu:///system', 'list'], 'qemu:///system')):
        assert word in run(session, *args, status=2)[1], args
    assert run(session, status=2)[0].startswith('Usage')
    assert not session.has_core()


def test_missing_things(session):
    """What is not there has status 3 or 4, and the message names it."""
    for name in ('nope', '', '-x', 'a,b', 'two\nlines', 'x' * 300, 'e9b2b1b0-5f0b-4c0c-9d3e-0d6ef3f7a9a1'):
        err = run(session, 'start', '--', name, status=3)[1]
        assert name.replace('\n', ' ') in err and err.count('\n') == 1
    run(session, 'start', b'\xff\xfe', status=1)
    iso = os.path.join(session.dir, 'none.iso')
    assert iso in run(session, 'install', '--cdrom', iso, status=3)[1]
    assert iso in run(session, 'install', '--import', '--disk', iso, status=3)[1]
    with open(iso, 'wb') as out:
        out.write(bytes(1 << 20))
    assert iso in run(session, 'install', '--cdrom', iso, status=1)[1]
    assert 'cannot be read' in run(session, 'define', session.dir, status=1)[1]
    err = run(session, 'list', DBUS_SESSION_BUS_ADDRESS='unix:path=/none', status=4)[1]
    assert 'session bus' in err
    assert query(session, 'list', '--all') == []


def test_names(session):
    """Whatever a machine may be called works, what it may not is refused, and nothing is left."""
    for name in ('a,b=c', '-x', '--all', "it's \"q\" $HOME", 'a\\b', 'é ü 中文', 'x' * 255):
        run(session, 'install', '--name', name, '--cdrom', tiny('tiny.iso'), '--memory', '512', '--disk',
            'size=0.01', '--virt-type', 'qemu', '--nostart')
        assert query(session, 'dominfo', '--', name)['name'] == name
    run(session, 'install', '--name', '-x', '--cdrom', tiny('tiny.iso'), '--nostart', status=1)
    for name in ('a/b', 'two\nlines', 'x' * 300, ' ', '..', b'\xff\xfe'):
        run(session, 'install', '--name', name, '--cdrom', tiny('tiny.iso'), '--disk', 'size=0.01',
            '--nostart', status=1)
    assert len(query(session, 'list', '--all')) == 7
    assert len(os.listdir(os.path.join(session.env['XDG_DATA_HOME'], 'guesthouse/images'))) == 7


def test_install_options(session):
    """virt-install's options come out in the definition, and a dry run makes nothing."""
    image = os.path.join(session.dir, 'a,b.qcow2')
    common = ('install', '--cdrom', tiny('tiny.iso'), '--virt-type', 'qemu', '--memory', '700', '--disk',
              f"path={image.replace(',', ',,')},size=0.5,cache=none", '--disk', 'size=1,bus=sata',
              '--network', 'user,model=e1000', '--graphics', 'vnc,port=5999', '--cpu', 'qemu64,+aes',
              '--boot', 'uefi,cdrom,hd')
    xml = run(session, *common, '--print-xml')[0]
    for text in (image, 'cache="none"', 'e1000', 'port="5999"', 'name="aes"', 'firmware="efi"', '>700<',
                 'type="qemu"'):
        assert text in xml, (text, xml)
    assert 'nothing was made' in run(session, *common, '--dry-run')[0]
    assert not os.path.exists(image) and query(session, 'list', '--all') == []
    made = query(session, *common, '--nostart')
    assert os.path.exists(image) and query(session, 'list', '--all')[0]['uuid'] == made['uuid']
    run(session, *common, '--name', 'other', '--nostart', status=1)
    bare = run(session, 'install', '--cdrom', tiny('tiny.iso'), '--nodisks', '--network', 'none', '--graphics',
               'none', '--serial', 'none', '--print-xml')[0]
    for text in ('device="disk"', '<interface', '<video', '<serial', '<console'):
        assert text not in bare, (text, bare)


def test_interrupted_wait(session):
    """Ctrl+C while waiting ends with 130, and the machine goes on."""
    terminal = Terminal(session, 'install', '--name', 'two', '--cdrom', tiny('tiny.iso'), '--memory', '512',
                        '--disk', 'size=0.05', '--virt-type', 'qemu', '--noautoconsole', '--wait')
    terminal.expect('is made and runs')
    terminal.type(b'\x03')
    terminal.end(130)
    assert query(session, 'domstate', 'two')['state'] == 'running'
    assert run(session, 'destroy', 'two')


def complete(session, *words):
    """What bash offers for the last of the words."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _guestctl; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(['bash', '--norc', '-c', script, 'bash', COMPLETION, GUESTCTL, *words],
                          env=session.env, capture_output=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.decode().split('\n')[:-1]


def test_completion(session):
    """The completion script offers commands, options and machines as they are."""
    define(session, 'one box')
    define(session, 'two')
    assert complete(session, 'domst') == ['domstate']
    assert {'list', 'install', 'console', 'help'} <= set(complete(session, ''))
    assert complete(session, 'list', '--state-r') == ['--state-running']
    assert '--osinfo' in complete(session, 'install', '--os')
    assert complete(session, 'start', '') == ['one\\ box', 'two']
    assert complete(session, 'start', '--paused', 't') == ['two']


if __name__ == '__main__':
    tap.main(globals(), before=Session, after=Session.close)
