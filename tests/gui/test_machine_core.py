# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine window and the real core: its death and return change nothing for who looks on."""
import os
import re
import signal
import subprocess
import sys

import ui
from gi.repository import Gio, GLib

HOST, CORE, OUT = sys.argv[1:4]
XML = """<domain type='qemu'><name>demo</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices>
<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='sda' bus='sata'/>
<readonly/></disk><input type='tablet' bus='usb'/><graphics type='dbus'/>
<video><model type='virtio' primary='yes'/></video></devices></domain>"""
NAME = 'org.guesthouse.Vmm1'
bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)


def call(path, interface, method, signature=None, *arguments):
    values = GLib.Variant(signature, arguments) if signature else None
    return bus.call_sync(NAME, path, f'{NAME}.{interface}', method, values, None, 0, 20000,
                         None).unpack()


def start_core():
    process = subprocess.Popen([CORE])
    ui.wait(lambda: bus.call_sync('org.freedesktop.DBus', '/', 'org.freedesktop.DBus',
                                  'NameHasOwner', GLib.Variant('(s)', (NAME,)), None, 0, -1,
                                  None).unpack()[0], 'the core')
    return process


def shows_screen():
    """Whether the middle of the window is black with much light text: the firmware's last words."""
    picture = ui.grab()
    part = picture.crop(picture.width // 4, picture.height // 4, picture.width // 2,
                        picture.height // 4)
    reds = part.data[::3]
    dark = sum(red < 40 for red in reds)
    light = sum(red > 120 for red in reds)
    return dark > 0.7 * len(reds) and light > 2000


os.makedirs(OUT, exist_ok=True)
core = start_core()
machine = call('/org/guesthouse/Vmm1', 'Manager', 'Define', '(sa{sv})', XML, {})[0]
try:
    with ui.launch([HOST]) as app:
        app.find('push button', 'Start').click()
        app.find('label', re.compile('^Running'))
        ui.wait(shows_screen, 'the firmware\'s text', 60)
        print('ok 1 - started, and its screen is seen', flush=True)

        core.send_signal(signal.SIGKILL)
        core.wait()
        app.find('label', re.compile('^Waiting'))
        ui.screenshot(os.path.join(OUT, 'core-away.png'))
        assert shows_screen()
        ui.screenshot(os.path.join(OUT, 'core-away.png'))
        core = start_core()
        app.find('label', re.compile('^Running'), timeout=30)
        assert shows_screen()
        print('ok 2 - the core dies and returns; the screen stays', flush=True)

        app.find('push button', 'Menu').click()
        app.find('menu item', re.compile('Turn Off')).click()
        app.find('push button', re.compile('Turn Off')).click()
        app.find('label', 'Off')
        print('ok 3 - turned off', flush=True)

        app.find('push button', 'Start').click()
        app.find('label', re.compile('^Running'))
        ui.wait(shows_screen, 'the firmware\'s text again', 60)
        print('ok 4 - started again', flush=True)
    assert call(machine, 'Machine', 'Pause') == ()
    print('ok 5 - closing the window stops nothing', flush=True)
finally:
    if core.poll() is None:
        try:
            call(machine, 'Machine', 'PowerOff')
        except GLib.Error:
            pass  # it may be off already
        core.terminate()
        core.wait()
print('1..5')
