#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""KVM, its absence, and systemd: the core of this build as root and as a user in the lab machine.

Run by ./check here; on any other machine it would change things that are not its own."""
import os
import pwd
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../common'))
import session as sessions
import tap
from session import BUILD, SERIAL, Console, Gio, Session, domain, kernel

USER = 'tester'
SLOW = 300      # seconds: a guest in an emulated machine
SUMMARY_TIME = 120


def summary(session):
    session.call(sessions.ROOT, 'Manager', 'GetCapabilities', timeout=SUMMARY_TIME)
    return session.get(sessions.ROOT, 'Manager', 'HostSummary')


def boot(session, **kw):
    path = session.define(domain('guest', os=kernel(), devices=SERIAL, **kw))
    session.job(session.machine(path, 'Start', '(a{sv})', {}), timeout=SLOW)
    console = Console(session, path)
    console.expect('TINY ready', SLOW)
    return path, console


def test_kvm_is_used():
    """A guest of type kvm boots with it, and both the host and the machine say why."""
    with Session() as session:
        found = summary(session)
        assert found['accelerator'] == 'kvm', found
        assert 'kvm' in found['accelerator-reason'].lower(), found
        path, console = boot(session, type='kvm')
        assert session.get(path, 'Machine', 'Accelerator') == 'kvm'
        assert session.get(path, 'Machine', 'AcceleratorReason') == found['accelerator-reason']
        with open(f"/proc/{session.get(path, 'Machine', 'Pid')}/cmdline") as cmdline:
            words = cmdline.read().split('\0')
        assert words[words.index('-accel') + 1] == 'kvm', words
        # The guest's own word for it: a processor that KVM runs has a hypervisor of that name.
        console.type('dmesg | grep -o "Hypervisor detected: .*"; echo e""nd\n')
        said = console.expect('end\r\n', SLOW)
        assert 'Hypervisor detected: KVM' in said, said


def without_kvm():
    """As a user: TCG is used, the reason names the device, and a guest that insists is refused."""
    with Session() as session:
        found = summary(session)
        assert found['accelerator'] == 'tcg', found
        assert '/dev/kvm' in found['accelerator-reason'], found
        path = session.define(domain('any', type='qemu'))
        session.job(session.machine(path, 'Start', '(a{sv})', {'paused': sessions.GLib.Variant('b', True)}),
                    timeout=SLOW)
        assert session.get(path, 'Machine', 'Accelerator') == 'tcg'
        assert session.get(path, 'Machine', 'AcceleratorReason')
        path = session.define(domain('insists', type='kvm'))
        try:
            session.start(path)
        except sessions.Error as error:
            print(f'# refused: {error}')
        else:
            assert session.get(path, 'Machine', 'Accelerator') == 'tcg'
            assert '/dev/kvm' in session.get(path, 'Machine', 'AcceleratorReason')


def test_without_access_to_kvm():
    """A user who may not open /dev/kvm gets TCG."""
    os.chmod('/dev/kvm', 0)
    try:
        as_user('without_kvm', {})
    finally:
        os.chmod('/dev/kvm', 0o666)


class UserSession(Session):
    """A session that systemd has made, with Guesthouse installed in it; ends with this machine."""

    def __init__(self):
        self.dir = tempfile.mkdtemp()
        self.env = dict(os.environ)
        self.log = open(os.path.join(self.dir, 'log'), 'w+b')
        self.process = None
        self.env['XDG_STATE_HOME'] = os.path.expanduser('~/.local/state')
        self.bus = Gio.DBusConnection.new_for_address_sync(
            self.env['DBUS_SESSION_BUS_ADDRESS'], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

    def reap(self):
        pass

    def close(self):
        self.bus.close_sync(None)

    def systemctl(self, *words):
        return subprocess.run(['systemctl', '--user', *words], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def scopes(self):
        return re.findall(r'^\s*(guesthouse-\S+\.scope)',
                          self.systemctl('list-units', '--no-legend', '--plain', 'guesthouse-*.scope'), re.M)


def unit_of(pid):
    with open(f'/proc/{pid}/cgroup') as cgroup:
        return cgroup.read().strip().rpartition('/')[2]


def alive(pid):
    return os.path.exists(f'/proc/{pid}')


def scopes():
    """As a user: what happens to the core's unit does not happen to its guests."""
    with UserSession() as session:
        try:
            follow_scopes(session)
        except BaseException:
            print(session.explain())
            subprocess.run(['systemctl', '--user', 'status', '--no-pager', 'guesthouse-vmm.service'])
            raise


def follow_scopes(session):
    unit = 'guesthouse-vmm.service'
    assert summary(session)['accelerator'] == 'kvm'
    assert unit_of(session.core_pid()) == unit
    path, console = boot(session, type='kvm')
    console.type('echo 12345 > /run/mark\n')
    qemu = session.get(path, 'Machine', 'Pid')
    scope, = session.scopes()
    assert unit_of(qemu) == scope, unit_of(qemu)

    def check_adopted(old_core):
        assert session.state(path) == 'running'
        assert session.get(path, 'Machine', 'Pid') == qemu and unit_of(qemu) == scope
        assert session.core_pid() != old_core and unit_of(session.core_pid()) == unit
        assert session.get(path, 'Machine', 'Accelerator') == 'kvm'
        assert session.scopes() == [scope]
        console = Console(session, path, history=False)
        console.type('cat /run/mark\n')
        console.expect('\n12345', SLOW)

    # A crash: systemd starts the core again.
    core = session.core_pid()
    session.systemctl('kill', '-s', 'KILL', unit)
    session.wait(lambda: not alive(core), 'the end of the core', SLOW)
    session.wait(session.has_core, 'the next core', SLOW)
    check_adopted(core)

    # A stop: the next call starts it.
    core = session.core_pid()
    session.systemctl('stop', unit)
    assert not alive(core) and alive(qemu)
    check_adopted(core)

    session.machine(path, 'PowerOff')
    assert session.state(path) == 'off' and not alive(qemu)
    session.wait(lambda: session.scopes() == [], 'the end of the scope', SLOW)


def install_for_user(user):
    """The unit and the bus's service file of this build, for one user."""
    program = os.path.abspath(os.path.join(BUILD, 'vmm-helper/guesthouse-vmm'))
    for source, place in (('data/systemd/guesthouse-vmm.service', '.config/systemd/user'),
                          ('data/dbus/org.guesthouse.Vmm1.service', '.local/share/dbus-1/services')):
        with open(os.path.join(BUILD, source)) as given:
            text = re.sub(r'^(Exec(?:Start)?)=.*', rf'\1={program}', given.read(), flags=re.M)
        folder = os.path.join(user.pw_dir, place)
        subprocess.run(['runuser', '-u', USER, '--', 'mkdir', '-p', folder], check=True)
        with open(os.path.join(folder, os.path.basename(source)), 'w') as out:
            out.write(text)


def test_scopes_of_systemd():
    """QEMU has a scope of its own, and outlives a crash and a stop of the core's unit."""
    os.chmod('/dev/kvm', 0o666)
    user = pwd.getpwnam(USER)
    install_for_user(user)
    subprocess.run(['loginctl', 'enable-linger', USER], check=True)
    runtime = f'/run/user/{user.pw_uid}'
    subprocess.run(['systemctl', 'start', f'user@{user.pw_uid}.service'], check=True)
    as_user('scopes', {'XDG_RUNTIME_DIR': runtime, 'DBUS_SESSION_BUS_ADDRESS': f'unix:path={runtime}/bus'})


def as_user(name, env):
    user = pwd.getpwnam(USER)
    env = {'PATH': os.environ['PATH'], 'HOME': user.pw_dir, 'GUESTHOUSE_BUILD': BUILD,
           'TINY_GUEST': sessions.TINY, 'PYTHONDONTWRITEBYTECODE': '1', **env}
    result = subprocess.run(['/usr/bin/python3', os.path.abspath(__file__), '--as-user', name], env=env,
                            user=USER, group=user.pw_gid, extra_groups=[], cwd='/tmp', text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in result.stdout.splitlines():
        print(line if line.startswith('#') else '# ' + line)
    assert result.returncode == 0, f'{name} has failed as the user {USER}'


if __name__ == '__main__':
    if sys.argv[1:2] == ['--as-user']:
        {'without_kvm': without_kvm, 'scopes': scopes}[sys.argv[2]]()
    else:
        if os.environ.get('IN_LAB') != '1':
            sys.exit('test_kvm.py: run tests/lab/check; this is for the lab machine alone')
        tap.main(globals())
