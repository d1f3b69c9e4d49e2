#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The core with a real QEMU (TCG) and the tiny guest."""
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../common'))
import tap
from session import SERIAL, Console, Error, Gio, GLib, Session, descendants, domain, kernel, tiny

V = GLib.Variant
SCREEN = "<video><model type='virtio'/></video><input type='tablet' bus='usb'/>"


def refused(name, function, *args):
    try:
        result = function(*args)
    except Error as error:
        assert error.name == name, f'{error.name} instead of {name}: {error.message}'
        return error.message
    raise AssertionError(f'not refused: {result!r}')


def shell(console, command, timeout=60):
    """Run a command in the guest; what it printed."""
    console.type(f'echo; echo A""A; {command}; echo Z""Z\n')
    console.expect('AA\r\n', timeout)
    return console.expect('ZZ\r\n', timeout).replace('\r', '')


def boot(session, name='guest', devices='', options='', **kw):
    """A running guest with its kernel loaded directly: path and console."""
    path = session.define(domain(name, os=kernel(options), devices=SERIAL + devices, **kw))
    session.start(path)
    console = Console(session, path)
    console.expect('TINY ready')
    return path, console


def test_life_cycle(session):
    path, console = boot(session)
    assert session.state(path) == 'running'
    assert session.get(path, 'Machine', 'Accelerator') == 'tcg'
    assert session.get(path, 'Machine', 'AcceleratorReason')
    session.machine(path, 'Pause')
    session.wait_state(path, 'paused')
    assert session.get(path, 'Machine', 'Reason') == 'user'
    refused('InvalidState', session.start, path)
    session.machine(path, 'Resume')
    session.wait_state(path, 'running')
    session.machine(path, 'Reset')
    console.expect('TINY ready')
    refused('InvalidState', session.machine, path, 'Undefine', '(a{sv})', {})
    session.machine(path, 'Shutdown', '(a{sv})', {})
    session.wait_state(path, 'off')
    assert session.get(path, 'Machine', 'Reason') == 'shutdown'
    assert os.listdir(session.env['XDG_RUNTIME_DIR'] + '/guesthouse') == []


def test_power_off_is_quick(session):
    path, _console = boot(session)
    began = time.monotonic()
    session.machine(path, 'PowerOff')
    assert time.monotonic() - began < 2
    assert session.state(path) == 'off' and session.get(path, 'Machine', 'Reason') == 'power-off'


def test_reboot(session):
    path, console = boot(session)
    pid = session.get(path, 'Machine', 'Pid')
    job = session.machine(path, 'Reboot', '(a{sv})', {})
    refused('Busy', session.machine, path, 'Reboot', '(a{sv})', {})
    session.job(job)
    console.expect('TINY ready')
    assert session.get(path, 'Machine', 'Pid') == pid and session.state(path) == 'running'
    # The action that was changed for it is back: a shutdown by the guest itself ends QEMU.
    console.type('poweroff\n')
    session.wait_state(path, 'off')


def test_reboot_while_the_core_dies(session):
    """The guest shuts down under another core than the one that was asked to reboot it."""
    path, console = boot(session)
    pid = session.get(path, 'Machine', 'Pid')
    session.machine(path, 'Reboot', '(a{sv})', {})
    session.wait_state(path, 'shutting-down')    # QEMU has heard it
    session.kill_core()
    console = Console(session, path)
    console.expect('TINY ready')     # of the first boot
    console.expect('TINY ready')
    assert session.get(path, 'Machine', 'Pid') == pid
    session.wait_state(path, 'running')


def test_start_again_after_cancel(session):
    """What a cancelled start still waits for does not disturb the next one."""
    path = session.define(domain('one', os=kernel(), devices=SERIAL))
    for _ in range(5):
        job = session.machine(path, 'Start', '(a{sv})', {})
        session.call(job, 'Job', 'Cancel')
        refused('Cancelled', session.job, job)
    session.start(path)
    assert session.state(path) == 'running'
    qemus = [p for p in descendants(os.getpid()) if 'qemu-system' in
             open(f'/proc/{p}/cmdline').read().split(chr(0))[0]]
    assert qemus == [session.get(path, 'Machine', 'Pid')], qemus


def test_second_core(session):
    """Another core leaves the first one's files alone, and goes."""
    path, _console = boot(session)
    program = os.path.join(os.environ.get('GUESTHOUSE_BUILD', 'build'), 'vmm-helper/guesthouse-vmm')
    second = subprocess.run([program], env=session.env, timeout=20, capture_output=True)
    assert second.returncode == 1 and b'another core' in second.stderr, second
    assert session.state(path) == 'running'


def test_reboot_of_a_deaf_guest(session):
    path, _console = boot(session, options='tiny.powerbutton=ignore')
    job = session.machine(path, 'Reboot', '(a{sv})', {})
    session.call(job, 'Job', 'Cancel')
    refused('Cancelled', session.job, job)
    assert session.state(path) in ('running', 'shutting-down')
    job = session.machine(path, 'Reboot', '(a{sv})', {})
    session.machine(path, 'PowerOff')
    refused('Cancelled', session.job, job)


def test_kill_the_core(session):
    """kill -9 of the core loses nothing: same process, same guest, console with what came before."""
    path, console = boot(session, devices=SCREEN)
    shell(console, 'echo 12345 > /run/mark')
    pid = session.get(path, 'Machine', 'Pid')
    ticks = float(shell(console, 'cut -d" " -f1 /proc/uptime'))
    session.kill_core()
    assert session.state(path) == 'running'
    assert session.get(path, 'Machine', 'Pid') == pid
    assert session.get(path, 'Machine', 'Displays') == ['dbus']
    assert session.get(path, 'Machine', 'Accelerator') == 'tcg'
    Console(session, path, read_only=True).expect('TINY ready', 10)     # what came before
    console = Console(session, path, history=False)
    assert shell(console, 'cat /run/mark') == '12345\n'
    assert float(shell(console, 'cut -d" " -f1 /proc/uptime')) > ticks
    session.machine(path, 'Shutdown', '(a{sv})', {})
    session.wait_state(path, 'off')
    assert session.get(path, 'Machine', 'Reason') == 'shutdown'
    session.start(path)
    session.kill_core()
    os.kill(session.get(path, 'Machine', 'Pid'), signal.SIGKILL)
    session.wait_state(path, 'off')
    assert session.get(path, 'Machine', 'Reason') == 'failed' and session.get(path, 'Machine', 'Problem')


def test_end_while_the_core_is_away(session):
    path, _console = boot(session)
    pid = session.get(path, 'Machine', 'Pid')
    session.kill_core()
    os.kill(pid, signal.SIGKILL)
    session.wait(lambda: session.reap() or pid not in descendants(os.getpid()), 'the end of QEMU')
    assert session.state(path) == 'off' and session.get(path, 'Machine', 'Reason') == 'unknown'
    assert os.listdir(session.env['XDG_RUNTIME_DIR'] + '/guesthouse') == []
    session.start(path)
    assert session.state(path) == 'running'


def test_foreign_status_is_not_adopted(session):
    """A status file that names another process: that one is left alone, ours is off."""
    path = session.define(domain('one'))
    uuid = session.get(path, 'Machine', 'Uuid')
    folder = f"{session.env['XDG_RUNTIME_DIR']}/guesthouse/{uuid}"
    boot_id = open('/proc/sys/kernel/random/boot_id').read().strip()
    session.kill_core()
    os.mkdir(folder)
    with open(folder + '/status.json', 'w') as out:
        out.write('{"format": 1, "boot-id": "%s", "qemu": {"pid": %d, "start-time": 1, "exe-device": 1, '
                  '"exe-inode": 1}}' % (boot_id, os.getpid()))
    assert session.state(path) == 'off' and not os.path.exists(folder)
    session.kill_core()
    os.mkdir(folder)
    with open(folder + '/status.json', 'w') as out:
        out.write('{"format": 99}')
    assert session.state(path) == 'unresponsive'
    refused('InvalidState', session.machine, path, 'Start', '(a{sv})', {})
    refused('InvalidState', session.machine, path, 'Undefine', '(a{sv})', {})
    assert os.path.exists(folder + '/status.json')
    for damage in ('{"format": 1, "boot-id": 5, "scope": 7}', '[]', ''):
        session.kill_core()
        os.makedirs(folder, exist_ok=True)
        with open(folder + '/status.json', 'w') as out:
            out.write(damage)
        assert session.get(path, 'Machine', 'Name') == 'one'


def test_kill_qemu(session):
    path, _console = boot(session)
    pid = session.get(path, 'Machine', 'Pid')
    began = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    session.wait_state(path, 'off')
    assert time.monotonic() - began < 1
    assert session.get(path, 'Machine', 'Reason') == 'killed'


def test_stopped_qemu(session):
    """A QEMU that does not answer is not given up, and can be turned off."""
    path, _console = boot(session)
    pid = session.get(path, 'Machine', 'Pid')
    os.kill(pid, signal.SIGSTOP)
    session.kill_core()
    assert session.state(path) == 'unresponsive'
    os.kill(pid, signal.SIGCONT)
    session.wait_state(path, 'running')
    os.kill(pid, signal.SIGSTOP)
    session.machine(path, 'PowerOff')
    assert session.state(path) == 'off'


def test_console(session):
    """Several readers, one writer; a reader that does not read stops nobody."""
    path, console = boot(session)
    assert 'read-only' in refused('Busy', session.machine, path, 'OpenConsole', '(sa{sv})', 'serial0', {})
    watcher = Console(session, path, 'serial0', read_only=True)
    lazy = Console(session, path, 'serial0', read_only=True, history=False)
    watcher.type('echo not heard\n')
    assert shell(console, 'echo heard') == 'heard\n'
    watcher.expect('heard\r\n', 10)
    assert 'not heard' not in watcher.text
    shell(console, 'head -c 300000 /dev/zero | tr "\\0" x')     # nobody reads `lazy'
    lazy.expect('ZZ', 10)
    thief = Console(session, path, force=True)
    thief.expect('ZZ', 10)
    assert shell(thief, 'echo mine') == 'mine\n'
    thief.close()
    session.wait(lambda: can_open(session, path), 'the right to write')


def can_open(session, path):
    try:
        Console(session, path).close()
        return True
    except Error:
        return False


def test_displays(session):
    """Each kind of display by a descriptor, and QEMU answering at its other end."""
    path, _console = boot(session, devices=SCREEN + "<graphics type='vnc'/><graphics type='spice'/>")
    assert sorted(session.get(path, 'Machine', 'Displays')) == ['dbus', 'spice', 'vnc']
    fd, details = session.machine(path, 'OpenDisplay', '(sa{sv})', 'vnc', {})
    with socket.socket(fileno=fd) as vnc:
        vnc.settimeout(10)
        assert vnc.recv(12) == b'RFB 003.008\n' and details == {}
    fd, _ = session.machine(path, 'OpenDisplay', '(sa{sv})', 'spice', {})
    with socket.socket(fileno=fd) as spice:
        spice.settimeout(10)
        spice.sendall(b'REDQ\2\0\0\0\2\0\0\0' + b'\x1a\0\0\0' + b'\0\0\0\0\1\0\1\0\0\0\0\0\0\0\x12\0\0\0' + b'\0' * 8)
        assert spice.recv(4) == b'REDQ'
    fd, _ = session.machine(path, 'OpenDisplay', '(sa{sv})', 'dbus', {})
    peer = Gio.DBusConnection.new_sync(Gio.Socket.new_from_fd(fd).connection_factory_create_connection(),
                                       None, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None)
    name = peer.call_sync(None, '/org/qemu/Display1/VM', 'org.freedesktop.DBus.Properties', 'Get',
                          V('(ss)', ('org.qemu.Display1.VM', 'Name')), None, 0, 10000, None).unpack()[0]
    assert name == 'guest'
    refused('Unsupported', session.machine, path, 'OpenDisplay', '(sa{sv})', 'x11', {})


def test_screenshot_and_keys(session):
    path, console = boot(session, devices=SCREEN, options='console=tty0')
    console.expect('tiny#')
    fd = session.machine(path, 'Screenshot', '(a{sv})', {})
    with os.fdopen(fd, 'rb') as image:
        assert image.read(8) == b'\x89PNG\r\n\x1a\n'
    for key in ('u', 'n', 'a', 'm', 'e', 'spc', 'shift+dot', 'spc', 'slash', 'r', 'u', 'n', 'slash', 'k', 'ret'):
        session.machine(path, 'SendKeys', '(asa{sv})', key.split('+'), {'hold-ms': V('u', 40)})
    session.wait(lambda: shell(console, 'cat /run/k 2>/dev/null') == 'Linux\n', 'what was typed on the screen')
    refused('Hypervisor', session.machine, path, 'SendKeys', '(asa{sv})', ['no-such-key'], {})
    refused('Invalid', session.machine, path, 'SendKeys', '(asa{sv})', [], {})
    assert [f for f in os.listdir(session.env['XDG_RUNTIME_DIR'] + '/guesthouse/' +
                                  session.get(path, 'Machine', 'Uuid')) if 'screenshot' in f] == []


def test_statistics(session):
    path, console = boot(session)
    seen = []
    subscription = session.bus.signal_subscribe(None, 'org.guesthouse.Vmm1.Manager', 'Statistics', None, None, 0,
                                                lambda *a: seen.append(a[5].unpack()))
    refused('Invalid', session.manager, 'SubscribeStatistics', '(u)', 10)
    session.manager('SubscribeStatistics', '(u)', 250)
    console.type('while :; do :; done &\n')
    session.wait(lambda: [m for s in seen for m in s[1] if m[0] == path and m[1]['cpu-percent'] > 30],
                 'a busy processor')
    assert seen[-1][1][0][1]['rss-bytes'] > 1 << 20
    session.manager('SubscribeStatistics', '(u)', 0)
    session.bus.signal_unsubscribe(subscription)


def image(session, name, kind='raw'):
    path = os.path.join(session.dir, name)
    if kind == 'raw':
        with open(path, 'wb') as out:
            out.truncate(8 << 20)
    else:
        os.spawnlp(os.P_WAIT, 'qemu-img', 'qemu-img', 'create', '-q', '-f', kind, path, '8M')
    return path


def escape(text):
    return GLib.markup_escape_text(text)


def disk(path, bus, target, kind='raw', device='disk'):
    return (f"<disk type='file' device='{device}'><driver name='qemu' type='{kind}'/>"
            f"<source file='{escape(path)}'/><target dev='{target}' bus='{bus}'/></disk>")


def test_devices_q35(session):
    """Every bus, and names that would be options if they were pasted together."""
    disks = (disk(image(session, 'a,readonly=on.qcow2', 'qcow2'), 'virtio', 'vda', 'qcow2') +
             disk(image(session, '-x "q".raw'), 'scsi', 'sdb') + disk(image(session, "s%d'é.raw"), 'sata', 'sdc') +
             disk(image(session, 'usb.raw'), 'usb', 'sdd') +
             disk(tiny('tiny.iso'), 'sata', 'sde', device='cdrom'))
    path, console = boot(
        session, name=escape("a,b=c 'é'"), vcpus=2, devices=SCREEN + disks +
        "<controller type='scsi' model='virtio-scsi'/><rng model='virtio'><backend model='random'>/dev/urandom"
        "</backend></rng><interface type='user'><model type='e1000e'/></interface>"
        "<interface type='user'><model type='virtio'/></interface>"
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")
    report = shell(console, 'sleep 2; report')
    assert 'cpus=2' in report, report
    disks = shell(console, 'cat /proc/partitions')
    assert len(re.findall(r'\b8192 (vda|sd[a-z])\n', disks)) == 4, disks
    assert 'sr0' in disks, disks
    shell(console, 'for d in /dev/vda /dev/sd?; do echo written > $d; done; sync')
    nets = shell(console, 'ls /sys/class/net')
    assert 'eth0' in nets and 'eth1' in nets
    assert 'virtio_rng' in shell(console, 'cat /sys/class/misc/hw_random/rng_available || ls /sys/bus/virtio/drivers')
    assert 'vport' in shell(console, 'ls /sys/class/virtio-ports')
    session.machine(path, 'PowerOff')
    for name in ('-x "q".raw', "s%d'é.raw", 'usb.raw'):
        with open(os.path.join(session.dir, name), 'rb') as file:
            assert file.read(8) == b'written\n', name


def test_devices_i440fx(session):
    path, console = boot(
        session, machine='pc', devices="<video><model type='vga'/></video>" +
        disk(image(session, 'ide.raw'), 'ide', 'hda') + disk(image(session, 'floppy.img'), 'fdc', 'fda', device='floppy') +
        disk(image(session, 'v.raw'), 'virtio', 'vda') +
        "<interface type='user'><model type='rtl8139'/></interface>")
    disks = shell(console, 'sleep 2; cat /proc/partitions')
    assert re.search(r'8192 sda\n', disks) and re.search(r'8192 vda\n', disks), disks
    assert 'eth0' in shell(console, 'ls /sys/class/net')


def test_network(session):
    """User networking, with passt if it works here, and without."""
    nic = "<interface type='user'><model type='virtio'/></interface>"
    path, console = boot(session, devices=nic)
    assert 'eth0' in shell(console, 'for i in $(seq 100); do ip -4 addr show eth0 | grep inet && break; sleep .1; done')
    session.machine(path, 'PowerOff')
    path, console = boot(session, name='two', devices=nic + nic.replace('virtio', 'e1000e'))
    lines = shell(console, 'for i in $(seq 100); do ip -4 addr show eth0 | grep inet && break; sleep .1; done')
    assert '10.0.2.15' in lines, lines      # several cards are served by QEMU's own user network


def test_media(session):
    path, console = boot(session, devices=disk(tiny('tiny.iso'), 'sata', 'sda', device='cdrom'))
    assert 'TINYISO' in shell(console, 'sleep 1; dd if=/dev/sr0 bs=2048 skip=16 count=1 2>/dev/null | strings')
    refused('NotFound', session.machine, path, 'ChangeMedia', '(ssa{sv})', 'vda', '', {})
    refused('Storage', session.machine, path, 'ChangeMedia', '(ssa{sv})', 'sda', '/no/such.iso', {})
    refused('Invalid', session.machine, path, 'ChangeMedia', '(ssa{sv})', 'sda', 'relative.iso', {})
    session.machine(path, 'ChangeMedia', '(ssa{sv})', 'sda', '', {'force': V('b', True)})
    assert 'tiny.iso' not in session.machine(path, 'GetXml', '(a{sv})', {})[0]
    assert 'tiny.iso' not in session.machine(path, 'GetXml', '(a{sv})', {'inactive': V('b', True)})[0]
    ejected = shell(console, 'dd if=/dev/sr0 bs=2048 count=1 2>/dev/null | wc -c')
    assert ejected.endswith('0\n') and '2048' not in ejected, ejected
    session.machine(path, 'ChangeMedia', '(ssa{sv})', 'sda', tiny('tiny-installer.iso'), {})
    assert 'tiny-installer.iso' in session.machine(path, 'GetXml', '(a{sv})', {})[0]
    inserted = shell(console, 'for i in 1 2 3 4 5 6 7 8 9; do dd if=/dev/sr0 bs=2048 count=1 of=/run/s && break; '
                     'sleep 1; done; wc -c < /run/s')
    assert inserted.endswith('2048\n'), inserted


def test_missing_image(session):
    gone = image(session, 'gone.raw')
    path = session.define(domain('one', devices=disk(gone, 'virtio', 'vda')))
    os.unlink(gone)
    message = refused('Storage', session.start, path)
    assert gone in message and 'vda' in message
    os.mkdir(gone)
    assert gone in refused('Storage', session.start, path)
    assert session.state(path) == 'off'


def test_image_in_use(session):
    shared = image(session, 'shared.raw')
    first = session.define(domain('first', devices=disk(shared, 'virtio', 'vda')))
    second = session.define(domain('second', devices=disk(shared, 'virtio', 'vda')))
    session.start(first)
    message = refused('Hypervisor', session.start, second)
    assert 'lock' in message, message
    assert session.state(first) == 'running' and session.state(second) == 'off'


def test_twenty_machines(session):
    """Twenty at once, all adopted after kill -9."""
    paths = [session.define(domain(f'm{i:02}', memory=32)) for i in range(20)]
    jobs = [session.machine(p, 'Start', '(a{sv})', {}) for p in paths]
    for job in jobs:
        session.job(job)
    pids = [session.get(p, 'Machine', 'Pid') for p in paths]
    session.kill_core()
    assert [session.get(p, 'Machine', 'Pid') for p in paths] == pids
    assert {row[4] for row in session.manager('ListMachines', '(a{sv})', {})} == {'running'}
    for path in paths:
        session.machine(path, 'PowerOff')


if __name__ == '__main__':
    tap.main(globals(), before=Session, after=Session.close)
