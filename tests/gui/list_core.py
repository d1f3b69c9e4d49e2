#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A core without machines, for tests of the windows alone: it answers as the
D-Bus contract says, from a list made up in memory.

    list_core.py [--machines N] [--running N] [--no-qemu] [--kvm] [--fail-install]

Every call is written to $LIST_CORE_LOG, a JSON line each.
"""
import argparse
import json
import os
import sys
import time
import uuid

from gi.repository import Gio, GLib

ROOT = '/org/guesthouse/Vmm1'
PREFIX = 'org.guesthouse.Vmm1.'
HERE = os.path.dirname(os.path.abspath(__file__))
CONTRACT = os.path.join(HERE, '../../vmm-helper/api/org.guesthouse.Vmm1.xml')
GIB = 1 << 30


class Refusal(Exception):
    def __init__(self, name, text):
        super().__init__(text)
        self.name = PREFIX + 'Error.' + name


class Core:
    def __init__(self, options):
        self.options = options
        self.machines = {}
        self.jobs = {}
        self.subscribers = {}
        with open(CONTRACT, encoding='utf-8') as text:
            self.info = Gio.DBusNodeInfo.new_for_xml(text.read())
        self.log = open(os.environ.get('LIST_CORE_LOG', os.devnull), 'a',
                        encoding='utf-8')
        self.loop = GLib.MainLoop()

    def interface(self, name):
        return self.info.lookup_interface(PREFIX + name)

    def run(self):
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.export(ROOT, 'Manager', self.manager_values())
        for number in range(self.options.machines):
            self.add(f'machine-{number}', number < self.options.running)
        Gio.bus_own_name_on_connection(self.bus, PREFIX[:-1], 0, None,
                                       lambda *_: self.loop.quit())
        self.loop.run()

    def manager_values(self):
        host = {'cpus': GLib.Variant('u', 8),
                'memory-mib': GLib.Variant('t', 16384),
                'arch': GLib.Variant('s', 'x86_64'),
                'emulator': GLib.Variant('s', '/usr/bin/qemu-system-x86_64'),
                'qemu-version': GLib.Variant('s', '7.2.22'),
                'accelerator': GLib.Variant('s', 'tcg'),
                'accelerator-reason': GLib.Variant(
                    's', '/dev/kvm does not exist.'),
                'passt': GLib.Variant('b', False),
                'firmwares': GLib.Variant('as', ['bios', 'efi']),
                'images-folder': GLib.Variant('s', '/home/me/images'),
                'images-free': GLib.Variant('t', 200 * GIB),
                'error': GLib.Variant('s', '')}
        if self.options.kvm:
            host['accelerator'] = GLib.Variant('s', 'kvm')
        if self.options.no_qemu:
            host['emulator'] = GLib.Variant('s', '')
            host['error'] = GLib.Variant('s', 'QEMU is not installed.')
        return {'Version': GLib.Variant('s', '0.1.0'),
                'Mode': GLib.Variant('s', 'session'),
                'Features': GLib.Variant('as', []),
                'HostSummary': GLib.Variant('a{sv}', host)}

    def export(self, path, name, values):
        def call(_bus, sender, path, _interface, method, args, invocation):
            self.log.write(json.dumps([path, method, args.unpack()],
                                      default=str) + '\n')
            self.log.flush()
            try:
                handler = getattr(self, f'{name}_{method}', None)
                if not handler:
                    raise Refusal('Unsupported', f'This core has no {method}.')
                result = handler(path, sender, invocation, *args.unpack())
                if result is not NotImplemented:
                    invocation.return_value(result)
            except Refusal as refusal:
                invocation.return_dbus_error(refusal.name, str(refusal))

        def get(_bus, _sender, _path, _interface, prop):
            return values[prop]
        values['_id'] = self.bus.register_object(path, self.interface(name),
                                                 call, get, None)
        return values

    def changed(self, path, name, values, **changes):
        values.update(changes)
        self.bus.emit_signal(None, path, 'org.freedesktop.DBus.Properties',
                             'PropertiesChanged',
                             GLib.Variant('(sa{sv}as)',
                                          (PREFIX + name, changes, [])))

    # -- machines -------------------------------------------------------------
    def add(self, name, running=False):
        identity = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
        path = f'{ROOT}/machines/{identity.replace("-", "_")}'
        state = 'running' if running else 'off'
        values = {'Name': GLib.Variant('s', name),
                  'Uuid': GLib.Variant('s', identity),
                  'Title': GLib.Variant('s', ''),
                  'State': GLib.Variant('s', state),
                  'Reason': GLib.Variant('s', '' if running else 'none'),
                  'StateSince': GLib.Variant('x', int(time.time()) - 7300),
                  'Flags': GLib.Variant('u', 1),
                  'Generation': GLib.Variant('t', 1),
                  'MemoryMib': GLib.Variant('t', 2048),
                  'Vcpus': GLib.Variant('u', 2),
                  'Accelerator': GLib.Variant('s', ''),
                  'AcceleratorReason': GLib.Variant('s', ''),
                  'Problem': GLib.Variant('s', ''),
                  'Displays': GLib.Variant('as', []),
                  'Consoles': GLib.Variant('as', []),
                  'Pid': GLib.Variant('u', 0)}
        self.machines[path] = self.export(path, 'Machine', values)
        return path

    def set_state(self, path, state, reason=''):
        self.changed(path, 'Machine', self.machines[path],
                     State=GLib.Variant('s', state),
                     Reason=GLib.Variant('s', reason),
                     StateSince=GLib.Variant('x', int(time.time())))

    def Machine_Start(self, path, *_args):
        name = self.machines[path]['Name'].unpack()
        if name == 'machine-13':
            return self.job('start', path, error=Refusal(
                'Hypervisor', 'QEMU ended at once.\n'
                'qemu-system-x86_64: cannot set up guest memory'))
        self.set_state(path, 'starting')
        return self.job('start', path,
                        then=lambda: self.set_state(path, 'running'))

    def Machine_Shutdown(self, path, *_args):
        self.set_state(path, 'shutting-down')
        GLib.timeout_add(300, lambda: self.set_state(path, 'off', 'shutdown'))

    def Machine_PowerOff(self, path, *_args):
        self.set_state(path, 'off', 'power-off')

    def Machine_Pause(self, path, *_args):
        self.set_state(path, 'paused', 'user')

    def Machine_Resume(self, path, *_args):
        self.set_state(path, 'running')

    def Machine_Undefine(self, path, *_args):
        self.bus.unregister_object(self.machines.pop(path)['_id'])
        self.bus.emit_signal(None, ROOT, 'org.freedesktop.DBus.ObjectManager',
                             'InterfacesRemoved', GLib.Variant(
                                 '(oas)', (path, [PREFIX + 'Machine'])))

    # -- the manager ------------------------------------------------------------
    def Manager_ListMachines(self, *_args):
        order = ('Name', 'Uuid', 'Title', 'State', 'Reason', 'StateSince',
                 'Flags', 'Generation', 'MemoryMib', 'Vcpus')
        rows = [(path, *(values[key].unpack() for key in order))
                for path, values in self.machines.items()]
        return GLib.Variant('(a(osssssxuttu))', (rows,))

    def Manager_InspectImage(self, _path, _sender, invocation, index):
        fds = invocation.get_message().get_unix_fd_list()
        fd = fds.get(index)
        head = os.pread(fd, 4, 0)
        size = os.fstat(fd).st_size
        os.close(fd)
        details = {'format': GLib.Variant(
            's', 'qcow2' if head == b'QFI\xfb' else 'raw'),
                   'capacity': GLib.Variant('t', size)}
        return GLib.Variant('(a{sv})', (details,))

    def Manager_Install(self, _path, _sender, _invocation, xml, options):
        name = xml.split('<name>')[1].split('</name>')[0]
        if any(v['Name'].unpack() == name for v in self.machines.values()):
            raise Refusal('Exists', f'There is a machine “{name}” already.')
        if self.options.fail_install:
            return self.job('install', '/', error=Refusal(
                'Hypervisor', 'QEMU could not start the machine.\n'
                'qemu-system-x86_64: -device foo: no such device'))

        def made():
            path = self.add(name, options.get('start', True))
            values = {k: v for k, v in self.machines[path].items()
                      if k != '_id'}
            self.bus.emit_signal(
                None, ROOT, 'org.freedesktop.DBus.ObjectManager',
                'InterfacesAdded', GLib.Variant(
                    '(oa{sa{sv}})', (path, {PREFIX + 'Machine': values})))
            return {'machine': GLib.Variant('o', path)}
        return self.job('install', '/', then=made,
                        pause_ms=int(os.environ.get('LIST_CORE_MS', '300')))

    def Manager_SubscribeStatistics(self, _path, sender, _invocation, ms):
        source = self.subscribers.pop(sender, None)
        if source:
            GLib.source_remove(source)
        if ms:
            self.subscribers[sender] = GLib.timeout_add(
                ms, self.send_statistics, sender)

    def send_statistics(self, sender):
        now = time.monotonic()
        rows = []
        for number, (path, values) in enumerate(self.machines.items()):
            if values['State'].unpack() == 'running':
                load = 50 + 50 * ((now * (number % 7 + 1) / 9) % 2 - 1)
                rows.append((path, {
                    'cpu-time-ns': GLib.Variant('t', 1),
                    'cpu-percent': GLib.Variant('d', load * 2),
                    'rss-bytes': GLib.Variant('t', GIB)}))
        self.bus.emit_signal(sender, ROOT, PREFIX + 'Manager', 'Statistics',
                             GLib.Variant('(xa(oa{sv}))',
                                          (int(now * 1e6), rows)))
        return True

    # -- jobs ---------------------------------------------------------------------
    def job(self, kind, target, then=None, error=None, pause_ms=50):
        path = f'{ROOT}/jobs/{len(self.jobs) + 1}'
        values = {'Kind': GLib.Variant('s', kind),
                  'Target': GLib.Variant('o', target),
                  'State': GLib.Variant('s', 'running'),
                  'Step': GLib.Variant('s', 'Creating the disk image “/images/<1>.qcow2”'),
                  'Progress': GLib.Variant('d', -1),
                  'Cancellable': GLib.Variant('b', True),
                  'Error': GLib.Variant('(ss)', ('', '')),
                  'Result': GLib.Variant('a{sv}', {}),
                  '_waiting': []}
        self.jobs[path] = self.export(path, 'Job', values)

        def end():
            values['_source'] = 0
            if error:
                self.end_job(path, 'failed', error=error)
            else:
                self.end_job(path, 'done', (then() if then else None) or {})
            return False
        values['_source'] = GLib.timeout_add(pause_ms, end)
        return GLib.Variant('(o)', (path,))

    def end_job(self, path, state, result=None, error=None):
        values = self.jobs[path]
        values['_result'], values['_error'] = result, error
        self.changed(path, 'Job', values, State=GLib.Variant('s', state))
        for invocation in values['_waiting']:
            self.answer(values, invocation)

    @staticmethod
    def answer(values, invocation):
        if values['_error']:
            invocation.return_dbus_error(values['_error'].name,
                                         str(values['_error']))
        else:
            invocation.return_value(GLib.Variant('(a{sv})',
                                                 (values['_result'],)))

    def Job_Wait(self, path, _sender, invocation):
        values = self.jobs[path]
        if values['_source']:
            values['_waiting'].append(invocation)
        else:
            self.answer(values, invocation)
        return NotImplemented

    def Job_Cancel(self, path, *_args):
        values = self.jobs[path]
        if values['_source']:
            GLib.source_remove(values['_source'])
            values['_source'] = 0
            self.end_job(path, 'cancelled',
                         error=Refusal('Cancelled', 'The job was cancelled.'))


parser = argparse.ArgumentParser()
parser.add_argument('--machines', type=int, default=0)
parser.add_argument('--running', type=int, default=0)
parser.add_argument('--no-qemu', action='store_true')
parser.add_argument('--kvm', action='store_true')
parser.add_argument('--fail-install', action='store_true')
if __name__ == '__main__':
    sys.exit(Core(parser.parse_args()).run())
