# SPDX-License-Identifier: GPL-3.0-or-later
"""A core with one machine: the contract's interfaces over a real QEMU, scripted by the test."""
import os
import threading
import time

from gi.repository import Gio, GLib

ROOT = '/org/guesthouse/Vmm1'
UUID = '8f2b7c1e-6a1d-4b3f-9c55-0d3a4b5c6d7e'
MACHINE = ROOT + '/machines/' + UUID.replace('-', '_')
JOB = ROOT + '/jobs/1'
DOMAIN = """<domain type='qemu'><name>demo</name><devices>
<disk type='file' device='cdrom'><source file='/isos/tiny_guest.iso'/><target dev='sda' bus='sata'/></disk>
<disk type='file' device='disk'><source file='/images/demo.qcow2'/><target dev='vda'/></disk>
</devices></domain>"""


class FakeCore:
    """Runs in a thread of its own; everything is done over the bus."""

    def __init__(self, xml_path, start):
        self.start_qemu = start
        self.qemu = None
        self.calls = []
        self.refuse_display = False
        self.silent = set()  # methods that are never answered
        self.flags = 1
        self.values = {
            'Name': 's', 'Uuid': 's', 'Title': 's', 'State': 's', 'Reason': 's', 'StateSince': 'x',
            'Flags': 'u', 'Generation': 't', 'MemoryMib': 't', 'Vcpus': 'u', 'Accelerator': 's',
            'AcceleratorReason': 's', 'Problem': 's', 'Displays': 'as', 'Consoles': 'as',
            'Pid': 'u'}
        start_values = {
            'Name': 'demo', 'Uuid': UUID, 'Title': '', 'State': 'off', 'Reason': 'none',
            'StateSince': int(time.time()), 'Flags': 1, 'Generation': 1, 'MemoryMib': 64, 'Vcpus': 1,
            'Accelerator': '', 'AcceleratorReason': '', 'Problem': '', 'Displays': [],
            'Consoles': [], 'Pid': 0}
        self.values = {k: GLib.Variant(t, start_values[k]) for k, t in self.values.items()}
        with open(xml_path, encoding='utf-8') as file:
            self.info = Gio.DBusNodeInfo.new_for_xml(file.read())
        self.ready = threading.Event()
        self.context = GLib.MainContext()
        self.loop = GLib.MainLoop(self.context)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    def _run(self):
        self.context.push_thread_default()
        self.bus = Gio.DBusConnection.new_for_address_sync(
            os.environ['DBUS_SESSION_BUS_ADDRESS'],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        for path, name in ((ROOT, 'Manager'), (MACHINE, 'Machine'), (JOB, 'Job')):
            self.bus.register_object(
                path, self.info.lookup_interface('org.guesthouse.Vmm1.' + name),
                self._call, self._get, None)
        self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus',
                           'org.freedesktop.DBus', 'RequestName',
                           GLib.Variant('(su)', ('org.guesthouse.Vmm1', 0)), None, 0, -1, None)
        self.ready.set()
        self.loop.run()

    def stop(self):
        self.context.invoke_full(0, lambda *_: self.loop.quit())
        self.thread.join(5)
        self.bus.close_sync(None)

    def set(self, **changes):
        """Changes properties of the machine, and tells."""
        typed = {k: GLib.Variant(self.values[k].get_type_string(), v) for k, v in changes.items()}
        self.values.update(typed)
        self.bus.emit_signal(None, MACHINE, 'org.freedesktop.DBus.Properties',
                             'PropertiesChanged',
                             GLib.Variant('(sa{sv}as)', ('org.guesthouse.Vmm1.Machine', typed,
                                                         [])))
        self.bus.flush_sync(None)

    def remove(self):
        """Tells that the machine is gone; a client that connects later finds it again."""
        self.bus.emit_signal(None, ROOT, 'org.freedesktop.DBus.ObjectManager', 'InterfacesRemoved',
                             GLib.Variant('(oas)', (MACHINE, ['org.guesthouse.Vmm1.Machine'])))
        self.bus.flush_sync(None)

    def _get(self, bus, sender, path, interface, name):
        if path == MACHINE:
            return self.values[name]
        defaults = {'Version': ('s', '0'), 'Mode': ('s', 'session'), 'Features': ('as', []),
                    'HostSummary': ('a{sv}', {}), 'Kind': ('s', 'start'), 'Target': ('o', MACHINE),
                    'State': ('s', 'done'), 'Step': ('s', ''), 'Progress': ('d', 1.0),
                    'Cancellable': ('b', False), 'Error': ('(ss)', ('', '')),
                    'Result': ('a{sv}', {})}
        return GLib.Variant(*defaults[name])

    def _row(self):
        v = {k: x.unpack() for k, x in self.values.items()}
        return (MACHINE, v['Name'], v['Uuid'], v['Title'], v['State'], v['Reason'],
                v['StateSince'], v['Flags'], v['Generation'], v['MemoryMib'], v['Vcpus'])

    def _call(self, bus, sender, path, interface, method, arguments, invocation):
        self.calls.append((method, arguments.unpack()))
        answer = None
        if method in self.silent:
            return
        if method == 'ListMachines':
            answer = GLib.Variant('(a(osssssxuttu))', ([self._row()],))
        elif method in ('Start', 'Reboot'):
            self.qemu = self.start_qemu()
            self.set(State='running', Reason='', Displays=['dbus'], Accelerator='tcg',
                     AcceleratorReason='This processor has no virtualization.', Problem='')
            answer = GLib.Variant('(o)', (JOB,))
        elif method == 'Wait':
            answer = GLib.Variant('(a{sv})', ({},))
        elif method == 'Pause':
            self.set(State='paused', Reason='user')
        elif method == 'Resume':
            self.set(State='running', Reason='')
        elif method == 'PowerOff':
            self.qemu.close()
            self.set(State='off', Reason='power-off', Displays=[])
        elif method == 'GetXml':
            answer = GLib.Variant('(st)', (DOMAIN, 1))
        elif method == 'OpenDisplay':
            if self.refuse_display:
                invocation.return_dbus_error('org.guesthouse.Vmm1.Error.Hypervisor',
                                             'QEMU does not answer')
                return
            fd = self.qemu.open_display()
            fds = Gio.UnixFDList.new()
            index = fds.append(fd)
            os.close(fd)
            invocation.return_value_with_unix_fd_list(
                GLib.Variant('(ha{sv})', (index, {})), fds)
            return
        invocation.return_value(answer)
