# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's session in a box: own HOME, runtime folder and session bus, and the core of this build,
which the bus starts when it is called. Everything that came from it is ended with it.

    with Session() as session:
        path = session.define(xml)
        session.job(session.call(path, 'Machine', 'Start', '(a{sv})', {}))
        session.wait_state(path, 'running')
"""
import ctypes
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from gi.repository import Gio, GLib

BUILD = os.environ.get('GUESTHOUSE_BUILD', os.path.join(os.path.dirname(__file__), '../../build'))
TINY = os.environ.get('TINY_GUEST', os.path.join(BUILD, 'lab-cache', 'tiny'))
NAME = 'org.guesthouse.Vmm1'
ROOT = '/org/guesthouse/Vmm1'

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Error(Exception):
    """An error from the core: its name, without the prefix, and its message."""

    def __init__(self, error):
        name = Gio.DBusError.get_remote_error(error) or ''
        self.name = name.rpartition('.')[2]
        self.message = error.message.partition(': ')[2] if name else error.message
        super().__init__(f'{self.name}: {self.message}')


def tiny(name):
    """A file of the small test guest."""
    import tap
    path = os.path.join(TINY, name)
    if not os.path.exists(path):
        raise tap.Skip(f'{name} is not made yet: run tests/lab/tiny-guest, or ./check')
    return path


def descendants(top):
    """All live processes below TOP."""
    children = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                with open(f'/proc/{entry}/stat', errors='replace') as stat:
                    state, parent = stat.read().rpartition(')')[2].split()[:2]
            except OSError:
                continue
            if state != 'Z':
                children.setdefault(int(parent), []).append(int(entry))
    found, todo = [], [top]
    while todo:
        for pid in children.get(todo.pop(), []):
            found.append(pid)
            todo.append(pid)
    return found


class Session:
    def __init__(self, env=None):
        # Orphans of this session, guests above all, come to us.
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
        self.dir = tempfile.mkdtemp(prefix='gh-')
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(('XDG_', 'DBUS_')) and k not in ('DISPLAY', 'WAYLAND_DISPLAY')}
        for name, place in (('HOME', 'home'), ('XDG_RUNTIME_DIR', 'run'),
                            ('XDG_DATA_HOME', 'home/.local/share'), ('XDG_CACHE_HOME', 'home/.cache'),
                            ('XDG_STATE_HOME', 'home/.local/state'), ('XDG_CONFIG_HOME', 'home/.config')):
            path = os.path.join(self.dir, place)
            os.makedirs(path, mode=0o700, exist_ok=True)
            self.env[name] = path
        self.cache = os.path.join(self.env['XDG_CACHE_HOME'], 'guesthouse')
        self.kept = os.path.join(BUILD, 'tests', 'cache')
        if os.path.isdir(self.kept):    # what QEMU can do: asking takes seconds where KVM is no good
            shutil.copytree(self.kept, self.cache)
        self.env.update(env or {})
        self.env.setdefault('G_DEBUG', 'fatal-criticals')
        bus = os.path.join(self.dir, 'run', 'bus')
        self.env['DBUS_SESSION_BUS_ADDRESS'] = f'unix:path={bus}'
        services = os.path.abspath(os.path.join(BUILD, 'data/share/dbus-1/services'))
        config = os.path.join(self.dir, 'bus.conf')
        with open(config, 'w') as out:
            out.write(BUS_CONFIG.format(path=bus, services=services))
        self.log = open(os.path.join(self.dir, 'session.log'), 'w+b')
        self.process = subprocess.Popen(['dbus-daemon', f'--config-file={config}', '--nofork',
                                         '--nopidfile', '--nosyslog'], env=self.env,
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.bus = self.wait(lambda: self.connect(bus), 'the session bus')
        self.bus.set_exit_on_close(False)

    @staticmethod
    def connect(path):
        """A connection to the bus, or nothing: the socket is there a moment before it listens."""
        try:
            return Gio.DBusConnection.new_for_address_sync(
                f'unix:path={path}', Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
                Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        except GLib.Error:
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.bus.close_sync(None)
        for number, seconds in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            end = time.monotonic() + seconds
            first = True
            while time.monotonic() < end:
                self.reap()
                left = descendants(os.getpid())
                if not left:
                    break
                if first or number == signal.SIGKILL:
                    for pid in left:
                        try:
                            os.kill(pid, number)
                        except ProcessLookupError:
                            pass
                first = False
                time.sleep(0.02)
        self.log.close()
        self.keep_cache()
        shutil.rmtree(self.dir, ignore_errors=True)

    def keep_cache(self):
        """For the next session: the core itself sees whether it still holds."""
        if not os.path.isdir(self.kept) and os.path.isdir(self.cache):
            part = f'{self.kept}.{os.getpid()}'
            shutil.copytree(self.cache, part)
            try:
                os.rename(part, self.kept)
            except OSError:     # another test was first
                shutil.rmtree(part)

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.process.pid:
                self.process.returncode = status

    def explain(self):
        """What the core said, for a person who looks into a failure."""
        self.log.flush()
        text = '--- core ---\n' + open(self.log.name, errors='replace').read()[-6000:]
        logs = os.path.join(self.env['XDG_STATE_HOME'], 'guesthouse')
        for name in os.listdir(logs) if os.path.isdir(logs) else []:
            text += f'\n--- {name} ---\n' + open(os.path.join(logs, name), errors='replace').read()[-4000:]
        return text

    # -- waiting --------------------------------------------------------------
    def wait(self, test, what, timeout=60):
        end = time.monotonic() + timeout
        context = GLib.MainContext.default()
        while True:
            result = test()
            if result:
                return result
            if time.monotonic() > end:
                raise AssertionError(f'waited in vain for {what}')
            if not context.iteration(False):
                time.sleep(0.01)

    # -- the bus --------------------------------------------------------------
    def call(self, path, interface, method, signature=None, *args, timeout=60, fds=None):
        """Call a method; its results, or the only one. Descriptors in them are given as numbers."""
        interface = interface if '.' in interface else f'{NAME}.{interface}'
        parameters = GLib.Variant(signature, args) if signature else None
        try:
            reply, fd_list = self.bus.call_with_unix_fd_list_sync(
                NAME, path, interface, method, parameters, None, 0, timeout * 1000, fds, None)
        except GLib.Error as error:
            raise Error(error) from None
        values = list(reply.unpack())
        for i in range(reply.n_children()):
            if reply.get_child_value(i).get_type_string() == 'h':
                values[i] = fd_list.get(values[i])
        return values[0] if len(values) == 1 else values or None

    def get(self, path, interface, name):
        return self.call(path, 'org.freedesktop.DBus.Properties', 'Get', '(ss)', f'{NAME}.{interface}', name)

    def manager(self, method, signature=None, *args, **kw):
        return self.call(ROOT, 'Manager', method, signature, *args, **kw)

    def machine(self, path, method, signature=None, *args, **kw):
        return self.call(path, 'Machine', method, signature, *args, **kw)

    def job(self, path, timeout=120):
        """Wait for a job; its result."""
        return self.call(path, 'Job', 'Wait', timeout=timeout)

    def state(self, path):
        return self.get(path, 'Machine', 'State')

    def wait_state(self, path, state, timeout=60):
        try:
            self.wait(lambda: self.state(path) == state, state, timeout)
        except AssertionError:
            raise AssertionError(f"state {state} did not come; it is {self.state(path)} "
                                 f"({self.get(path, 'Machine', 'Reason')}): "
                                 f"{self.get(path, 'Machine', 'Problem')}") from None

    def define(self, xml):
        return self.manager('Define', '(sa{sv})', xml, {})

    def start(self, path):
        self.job(self.machine(path, 'Start', '(a{sv})', {}))

    # -- the core -------------------------------------------------------------
    def core_pid(self):
        return self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                  'GetConnectionUnixProcessID', GLib.Variant('(s)', (NAME,)), None, 0,
                                  10000, None).unpack()[0]

    def has_core(self):
        return self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                  'NameHasOwner', GLib.Variant('(s)', (NAME,)), None, 0, 10000,
                                  None).unpack()[0]

    def restart_core(self, **env):
        """End the core and start another with a changed environment."""
        if self.has_core():
            self.kill_core()
        self.env.update(env)
        program = os.path.abspath(os.path.join(BUILD, 'vmm-helper/guesthouse-vmm'))
        subprocess.Popen([program], env=self.env, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.wait(self.has_core, 'the core')

    def kill_core(self, number=signal.SIGKILL):
        pid = self.core_pid()
        os.kill(pid, number)
        self.wait(lambda: not self.has_core(), 'the end of the core')
        self.wait(lambda: self.reap() or pid not in descendants(os.getpid()), 'the end of the process')


class Console:
    """A serial console, read while one waits for a text."""

    def __init__(self, session, path, alias='', **options):
        options = {k.replace('_', '-'): GLib.Variant('b', v) for k, v in options.items()}
        self.session, self.text = session, ''
        self.fd = session.machine(path, 'OpenConsole', '(sa{sv})', alias, options)
        os.set_blocking(self.fd, False)
        self.ended = False

    def read(self):
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return
        if not data:
            self.ended = True
        self.text += data.decode(errors='replace')

    def expect(self, text, timeout=120):
        """Wait until TEXT has come; what came before it is forgotten, and given."""
        def there():
            self.read()
            return text in self.text
        try:
            self.session.wait(there, repr(text), timeout)
        except AssertionError:
            raise AssertionError(f'the guest did not say {text!r}; it said: {self.text[-800:]!r}') from None
        before, _, self.text = self.text.partition(text)
        return before

    def type(self, text):
        data = text.encode()
        while data:
            try:
                data = data[os.write(self.fd, data):]
            except BlockingIOError:
                time.sleep(0.01)

    def close(self):
        os.close(self.fd)


def domain(name='test', memory=256, vcpus=1, os='', devices='', extra='', type='qemu', machine='q35'):
    """A plain domain XML; TYPE qemu means TCG, which runs everywhere."""
    return f"""<domain type='{type}'>
  <name>{name}</name>
  <memory unit='MiB'>{memory}</memory>
  <vcpu>{vcpus}</vcpu>
  <os><type arch='x86_64' machine='{machine}'>hvm</type>{os}</os>
  <features><acpi/><apic/></features>
  <cpu mode='maximum'/>
  {extra}
  <devices>
    {devices}
  </devices>
</domain>"""


SERIAL = "<serial type='pty'><target port='0'/></serial>"


def kernel(options=''):
    """<os> content that boots the test guest's kernel directly."""
    return (f"<kernel>{tiny('vmlinux')}</kernel><initrd>{tiny('initrd.cpio')}</initrd>"
            f"<cmdline>console=ttyS0 quiet {options}</cmdline>")
