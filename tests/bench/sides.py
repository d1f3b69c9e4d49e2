# SPDX-License-Identifier: GPL-3.0-or-later
"""The two that are measured, with the same methods, so that what measures does not know which."""
import os
import pty
import re
import signal
import subprocess
import time

from gi.repository import Gio, GLib

from box import Box

TIMEOUT = 120
CORE = 'org.guesthouse.Vmm1'
ROOT = '/org/guesthouse/Vmm1'
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def wait(test, what):
    end = time.monotonic() + TIMEOUT
    while not test():
        if time.monotonic() > end:
            raise RuntimeError(f'waited in vain for {what}')
        time.sleep(0.001)


def count_rows(table):
    """How many machines a table for people has."""
    return len(re.findall(r'\sbench-\d+\s', table))


class Side:
    """What both have in common: a box, a folder and a daemon."""

    def __init__(self, folder, disks):
        self.folder = folder
        own_disks = os.path.join(folder, 'disks')
        os.makedirs(own_disks)
        self.log = os.path.join(folder, 'log')
        self.box = Box(disks, own_disks)
        self.env = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8', 'HOME': os.path.join(folder, 'home')}
        os.mkdir(self.env['HOME'], 0o700)
        self.inside = self.pid = None

    def _spawned(self, inside):
        self.inside = inside
        self.pid = None

    def daemon_pid(self):
        """Process id of the daemon, as seen from here."""
        if self.pid is None:
            self.pid = self.box.processes()[self.inside]
        return self.pid

    def end_daemon(self, number=signal.SIGTERM):
        pid = self.daemon_pid()
        os.kill(pid, number)
        wait(lambda: not os.path.exists(f'/proc/{pid}'), f'the end of {self.name}')
        self.inside = self.pid = None

    def explain(self):
        with open(self.log, errors='replace') as log:
            return f'--- {self.name} ---\n{log.read()[-3000:]}'

    def close(self):
        self.box.close()

    def _run(self, *argv):
        """Run the client and give what it printed."""
        return subprocess.run(argv, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=True, text=True).stdout


class Guesthouse(Side):
    name = 'Guesthouse'

    def __init__(self, build, folder, disks):
        super().__init__(folder, disks)
        self.core = os.path.join(build, 'vmm-helper/guesthouse-vmm')
        client = os.path.join(build, 'src/cli/guestctl')
        self.guestctl = client if os.path.exists(client) else None
        self.client = 'guestctl' if self.guestctl else 'bus'
        self.env.update({'XDG_RUNTIME_DIR': os.path.join(folder, 'run'),
                         'DBUS_SESSION_BUS_ADDRESS': f'unix:path={folder}/bus'})
        os.mkdir(self.env['XDG_RUNTIME_DIR'], 0o700)
        with open(os.path.join(folder, 'bus.conf'), 'w') as out:
            out.write(BUS_CONFIG.format(path=os.path.join(folder, 'bus')))
        self.box.spawn(['/usr/bin/dbus-daemon', f'--config-file={folder}/bus.conf', '--nofork',
                        '--nopidfile', '--nosyslog'], self.env, self.log)
        wait(lambda: os.path.exists(os.path.join(folder, 'bus')), 'the bus')
        self.bus = Gio.DBusConnection.new_for_address_sync(
            self.env['DBUS_SESSION_BUS_ADDRESS'], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.has_name = False
        self.bus.signal_subscribe('org.freedesktop.DBus', 'org.freedesktop.DBus', 'NameOwnerChanged',
                                  '/org/freedesktop/DBus', CORE, 0, self._owner_cb)

    def _owner_cb(self, _bus, _sender, _path, _interface, _signal, parameters):
        self.has_name = parameters.unpack()[2] != ''

    def _wait_main(self, test, what):
        context = GLib.MainContext.default()
        ended = []
        timer = GLib.timeout_add_seconds(TIMEOUT, lambda: ended.append(True))
        while not test():
            context.iteration(True)
            if ended:
                raise RuntimeError(f'waited in vain for {what}')
        GLib.source_remove(timer)

    def _ask(self, path, interface, method, parameters=None):
        return self.bus.call_sync(CORE, path, f'{CORE}.{interface}', method, parameters, None, 0,
                                  TIMEOUT * 1000, None)

    def _call(self, *args):
        return self._ask(*args).unpack()

    def _machine(self, name):
        return self._call(ROOT, 'Manager', 'LookupByName', GLib.Variant('(s)', (name,)))[0]

    def start_daemon(self):
        """Start the core, and wait until it answers."""
        self._spawned(self.box.spawn([self.core], self.env, self.log))
        self._wait_main(lambda: self.has_name, 'the core')

    def end_daemon(self, number=signal.SIGTERM):
        super().end_daemon(number)
        self._wait_main(lambda: not self.has_name, 'the end of the core')

    def settle(self):
        """Have it look at the host, as it does before the first machine is defined or started."""
        self._call(ROOT, 'Manager', 'GetCapabilities')

    def define(self, documents):
        for xml in documents:
            self._call(ROOT, 'Manager', 'Define', GLib.Variant('(sa{sv})', (xml, {})))

    def undefine(self, names):
        for name in names:
            self._call(self._machine(name), 'Machine', 'Undefine', GLib.Variant('(a{sv})', ({},)))

    def start(self, name):
        if self.guestctl:
            self._run(self.guestctl, 'start', name)
            return
        job, = self._call(self._machine(name), 'Machine', 'Start', GLib.Variant('(a{sv})', ({},)))
        self._call(job, 'Job', 'Wait')

    def force_off(self, name):
        if self.guestctl:
            self._run(self.guestctl, 'destroy', name)
        else:
            self._call(self._machine(name), 'Machine', 'PowerOff')

    def list(self, count):
        """List all machines as a user does; there must be COUNT."""
        if self.guestctl:
            found = count_rows(self._run(self.guestctl, 'list', '--all'))
        else:
            found = self.count()
        if found != count:
            raise RuntimeError(f'{self.name} lists {found} machines instead of {count}')

    def _rows(self):
        # GLib has received and checked the whole list. To make a thousand Python tuples of it takes
        # ten times as long and is no part of any client.
        return self._ask(ROOT, 'Manager', 'ListMachines', GLib.Variant('(a{sv})', ({},))).get_child_value(0)

    def count(self):
        return self._rows().n_children()

    def count_running(self):
        return sum(row[4] == 'running' for row in self._rows().unpack())

    def pause_to_event(self, name):
        """Seconds from the call until a client that watches has been told."""
        path = self._machine(name)
        seen = []

        def changed(_bus, _sender, _path, _interface, _signal, parameters):
            if parameters.unpack()[1].get('State') == 'paused':
                seen.append(time.perf_counter())
        watch = self.bus.signal_subscribe(CORE, 'org.freedesktop.DBus.Properties', 'PropertiesChanged',
                                          path, f'{CORE}.Machine', 0, changed)
        began = time.perf_counter()
        if self.guestctl:
            client = subprocess.Popen([self.guestctl, 'suspend', name], env=self.env,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        else:
            client = None
            self._call(path, 'Machine', 'Pause')
        self._wait_main(lambda: seen, 'the event')
        if client:
            client.wait()
        self.bus.signal_unsubscribe(watch)
        self._call(path, 'Machine', 'Resume')
        return seen[0] - began

    def close(self):
        if not self.bus.is_closed():
            self.bus.close_sync(None)
        super().close()


class Libvirt(Side):
    name = 'libvirt'
    client = 'virsh'

    def __init__(self, folder, disks):
        super().__init__(folder, disks)
        self.sockets = os.path.join(folder, 'sockets')
        os.mkdir(self.sockets)
        self.socket = os.path.join(self.sockets, 'libvirt-sock')
        self.virsh = ['virsh', '-q', '-c', f'qemu:///system?socket={self.socket}']
        self.config = os.path.join(folder, 'libvirtd.conf')
        with open(self.config, 'w') as out:
            out.write(f'unix_sock_dir = "{self.sockets}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n'
                      f'log_outputs = "3:file:{self.log}"\n')
        # As plain as it gets: nothing that a Guesthouse of this user would not do either.
        qemu = os.path.join(folder, 'qemu.conf')
        with open(qemu, 'w') as out:
            out.write('user = "root"\ngroup = "root"\ndynamic_ownership = 0\nremember_owner = 0\n'
                      'security_driver = "none"\ncgroup_controllers = []\nnamespaces = []\n'
                      'stdio_handler = "file"\n')
        self.box.spawn(['/bin/cp', qemu, '/etc/libvirt/qemu.conf'], self.env, self.log)
        wait(lambda: len(self.box.processes()) == 1, 'the configuration')

    def start_daemon(self):
        for name in os.listdir(self.sockets):
            os.unlink(os.path.join(self.sockets, name))
        self._spawned(self.box.spawn(
            ['/usr/sbin/libvirtd', '-f', self.config, '-p', os.path.join(self.folder, 'pid')],
            self.env, self.log))
        wait(lambda: os.path.exists(self.socket), 'libvirtd')

    def settle(self):
        self._virsh('capabilities')
        self._virsh('domcapabilities', '--virttype', 'qemu')

    def _virsh(self, *words):
        return self._run(*self.virsh, *words)

    def _batch(self, lines):
        subprocess.run(self.virsh, input='\n'.join(lines) + '\n', env=self.env, check=True, text=True,
                       stdout=subprocess.DEVNULL)

    def define(self, documents):
        lines = []
        for number, xml in enumerate(documents):
            path = os.path.join(self.folder, f'definition-{number}.xml')
            with open(path, 'w') as out:
                out.write(xml)
            lines.append(f'define {path}')
        self._batch(lines)

    def undefine(self, names):
        self._batch([f'undefine {name}' for name in names])

    def start(self, name):
        self._virsh('start', name)

    def force_off(self, name):
        self._virsh('destroy', name)

    def list(self, count):
        found = count_rows(self._virsh('list', '--all'))
        if found != count:
            raise RuntimeError(f'{self.name} lists {found} machines instead of {count}')

    def count(self):
        return len(self._virsh('list', '--all', '--name').split())

    def count_running(self):
        return len(self._virsh('list', '--state-running', '--name').split())

    def pause_to_event(self, name):
        # On a terminal virsh prints an event at once.
        ours, theirs = pty.openpty()
        watch = subprocess.Popen([*self.virsh[:1], *self.virsh[2:], 'event', '--event', 'lifecycle',
                                  '--loop', '--domain', name], env=self.env,
                                 stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
        os.close(theirs)
        # It says nothing when it listens; it is so once it has gone to sleep in poll().
        time.sleep(0.3)
        began = time.perf_counter()
        client = subprocess.Popen([*self.virsh, 'suspend', name], env=self.env,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        text = b''
        while b'Suspended' not in text:
            text += os.read(ours, 4096)
        seen = time.perf_counter()
        client.wait()
        watch.kill()
        watch.wait()
        os.close(ours)
        self._virsh('resume', name)
        return seen - began
