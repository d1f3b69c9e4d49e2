# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine window over a real QEMU: what a person sees, types and points at."""
import os
import re
import subprocess
import sys
import time

import ui
from fake_core import FakeCore
from qemu_display import Qemu

HOST, CONTRACT, OUT = sys.argv[1:4]
passed = 0


def ok(what):
    global passed
    passed += 1
    print(f'ok {passed} - {what}', flush=True)


def shot(name):
    ui.screenshot(os.path.join(OUT, name + os.environ.get('SHOT_SUFFIX', '') + '.png'))


def qemu_log(qemu):
    with open(os.path.join(qemu.folder, 'trace.log'), encoding='utf-8') as file:
        return file.read()


def xdotool(*words):
    subprocess.run(['xdotool', *words], check=True)


def release():
    xdotool('keydown', 'Control_L', 'keydown', 'Alt_L', 'keyup', 'Alt_L', 'keyup', 'Control_L')
    time.sleep(0.3)


def moved(qemu):
    """All that a relative pointer moved so far."""
    sums = {'x': 0, 'y': 0}
    for axis, value in re.findall(r'input_event_rel .*axis ([xy]), value (-?\d+)', qemu_log(qemu)):
        sums[axis] += int(value)
    return sums['x'], sums['y']


def start_qemu():
    return Qemu('-device', 'virtio-vga', '-device', 'qemu-xhci', '-device', 'usb-tablet',
                '-device', 'usb-kbd', '-trace', 'input_event_*', log=True)


def zoomed(width, height, pixels):
    """What the guest's pixels are on a screen with more of them: the same, larger."""
    zoom = ui.SCALE
    if zoom == 1:
        return width, height, pixels
    rows = []
    for y in range(height):
        row = pixels[y * width * 3:(y + 1) * width * 3]
        rows += [b''.join(row[i:i + 3] * zoom for i in range(0, len(row), 3))] * zoom
    return width * zoom, height * zoom, b''.join(rows)


def find_picture(qemu):
    """Where the guest's pixels are on the screen, by comparing all of them; None if nowhere."""
    width, height, expected = zoomed(*qemu.screendump())
    screen = ui.grab()
    root_width, root_height, actual = screen.width, screen.height, screen.data
    line = expected[:width * 3]
    # The guest's first lines are black: look for a line that says something.
    rows = [expected[i * width * 3:(i + 1) * width * 3] for i in range(height)]
    marked = next((i for i, row in enumerate(rows) if row != line), None)
    if marked is None:
        return None
    for y in range(root_height):
        x = actual[y * root_width * 3:(y + 1) * root_width * 3].find(rows[marked])
        if x < 0 or x % 3:
            continue
        x //= 3
        bad = 0
        for i, row in enumerate(rows):
            at = ((y - marked + i) * root_width + x) * 3
            if actual[at:at + width * 3] != row:
                bad += 1
        # The text cursor blinks: its one or two lines may differ.
        if bad <= 3 * ui.SCALE:
            return x, y - marked, width, height
    return None


os.makedirs(OUT, exist_ok=True)
core = FakeCore(CONTRACT, start_qemu)
try:
    with ui.launch([HOST]) as app:
        app.find('label', 'Off')
        shot('machine-off')
        assert not app.unnamed(), app.unnamed()
        ok('off, with a button to start')

        app.find('push button', 'Start').click()
        ui.wait(lambda: core.qemu is not None, 'QEMU')
        # Near the guest's own 720 x 400, where one pixel is one pixel.
        ui.resize(app, 740, 520)
        where = ui.wait(lambda: find_picture(core.qemu), 'the guest\'s pixels', 30)
        shot('machine-running')
        ok('the guest\'s screen, pixel by pixel')

        x, y, width, height = where
        middle = str(x + width // 2), str(y + height // 2)
        xdotool('mousemove', *middle, 'click', '1')
        ui.wait(lambda: app.find('label', re.compile('Keys and pointer go to the guest')),
                'the pointer')
        for _ in range(40):
            xdotool('mousemove_relative', '--', '30', '-7')
        ui.wait(lambda: moved(core.qemu) == (1200, -280), 'all 1200 and -280 counts')
        xdotool('click', '1')
        ui.wait(lambda: re.search('input_event_btn .*button left, down 0', qemu_log(core.qemu)),
                'the button')
        ok('a captured pointer goes on past the edge, and no count is lost')
        shot('machine-captured')
        release()
        xdotool('mousemove_relative', '--', '30', '0')
        assert moved(core.qemu) == (1200, -280)

        core.qemu.command('human-monitor-command', **{'command-line': 'mouse_set 3'})
        time.sleep(0.3)
        xdotool('mousemove', *middle)
        xdotool('mousemove', str(x + width - 1), str(y + height - 1))
        last = 0x7fff * (width // ui.SCALE - 1) // (width // ui.SCALE)
        ui.wait(lambda: re.search(rf'input_event_abs .*axis x, value 0x{last:x}',
                                  qemu_log(core.qemu)), 'the pointer in the corner')
        ok('an absolute pointer reaches the last pixel')
        xdotool('mousemove', *middle, 'click', '3')
        ui.wait(lambda: re.search('input_event_btn .*button right, down 0', qemu_log(core.qemu)),
                'the right button')
        xdotool('click', '4')
        ui.wait(lambda: re.search('input_event_btn .*button wheel-up', qemu_log(core.qemu)),
                'the wheel')
        ok('buttons and the wheel')

        keys = {'a': 'a', 'F11': 'f11', 'Pause': 'pause', 'Print': 'sysrq', 'KP_Enter': 'kp_enter',
                'Menu': 'menu', 'Right': 'right', 'Super_L': 'meta_l'}
        for key, qcode in keys.items():
            xdotool('key', key)
            ui.wait(lambda q=qcode: re.search(rf'key qcode ({q}|print), down 0',
                                              qemu_log(core.qemu)), f'key {key}')
        ok('keys reach the guest, F11 too')

        xdotool('keydown', 'shift')
        ui.wait(lambda: 'key qcode shift, down 1' in qemu_log(core.qemu), 'shift')
        app.find('push button', 'Menu').click()
        ui.wait(lambda: 'key qcode shift, down 0' in qemu_log(core.qemu), 'shift up')
        xdotool('keyup', 'shift')
        shot('machine-menu')
        app.find('menu item', re.compile('^Insert Disc… .sda'))
        app.find('menu item', re.compile('^Eject “tiny_+guest.iso”'))
        assert not app.find_all('menu item', re.compile('vda'))
        ui.key('Escape')
        ok('a key that is down when the focus goes is let go in the guest')

        release()
        n_f11 = qemu_log(core.qemu).count('key qcode f11, down 1')
        xdotool('key', 'F11')
        time.sleep(1)
        shot('machine-fullscreen')
        xdotool('mousemove', '640', '0')
        app.find('push button', 'Fullscreen')
        time.sleep(0.5)
        shot('machine-fullscreen-bar')
        release()
        xdotool('key', 'F11')
        time.sleep(1)
        assert qemu_log(core.qemu).count('key qcode f11, down 1') == n_f11
        ui.wait(lambda: find_picture(core.qemu), 'the picture in the window')
        ok('fullscreen and back; keys are the window\'s once they are let go')

        xdotool('mousemove', '5', '5')
        app.find('push button', 'Pause').click()
        app.find('label', 'Paused')
        shot('machine-paused')
        app.find('push button', 'Resume').click()
        app.gone('label', 'Paused')
        core.set(Flags=17)
        app.find('label', re.compile('^Installing'))
        shot('machine-installing')
        core.set(Flags=1)
        ok('paused, resumed, installing')

        core.refuse_display = True
        core.qemu.close()
        app.find('label', re.compile('Reconnecting, attempt [3-9]'))
        shot('machine-reconnecting')
        core.qemu = start_qemu()
        core.refuse_display = False
        ui.wait(lambda: find_picture(core.qemu), 'the picture after a reconnect', 30)
        app.gone('label', re.compile('Reconnecting'))
        ok('reconnects without a click, over the last picture')

        core.set(State='crashed')
        app.find('label', 'The System in It Has Crashed')
        shot('machine-crashed')
        app.find('push button', re.compile('Show the Screen')).click()
        xdotool('mousemove', '5', '5')
        ui.wait(lambda: find_picture(core.qemu), 'the last picture of the crashed system')
        core.set(State='unresponsive')
        app.find('label', 'The Machine Does Not Answer')
        shot('machine-unresponsive')
        core.set(State='running', Displays=[])
        app.find('label', 'This Machine Has No Screen')
        core.set(Displays=['dbus'])
        ok('crashed, unresponsive, no screen')

        xdotool('mousemove', '5', '5')
        app.find('push button', 'Menu').click()
        app.find('menu item', re.compile('Turn Off at Once')).click()
        app.find('label', re.compile('Turn off “demo” at once'))
        time.sleep(0.5)
        shot('machine-turn-off')
        app.find('push button', re.compile('Turn Off')).click()
        app.find('label', 'Off')
        assert ('PowerOff', ()) in core.calls
        core.set(Problem='QEMU could not open “/isos/tiny <guest>.iso”: no such file\n'
                         'qemu-system-x86_64: -blockdev: Could not open')
        app.find('push button', re.compile('Details'))
        shot('machine-failed')
        ui.resize(app, 360, 520)
        time.sleep(0.5)
        shot('machine-narrow')
        ok('turned off after a question; what went wrong is on the page')

        assert app.quit('ctrl+w') == 0
        ok('closing the window stops nothing else')

    core.refuse_display = True
    core.silent.add('Reboot')
    core.set(State='running', Displays=['dbus'], Problem='')
    with ui.launch([HOST]) as app:
        app.find('label', re.compile('^Connecting to the Screen'))
        app.find('push button', 'Menu').click()
        app.find('menu item', 'Restart').click()
        ui.wait(lambda: ('Reboot', ({},)) in core.calls, 'the call')
        assert app.quit('ctrl+w') == 0
        ok('a call under way and a screen that never comes do not keep a closed window')

    for item, title in (('Turn Off at Once', 'Turn off “demo” at once'),
                        ('Insert Disc', 'Insert Disc$')):
        with ui.launch([HOST]) as app:
            app.find('label', re.compile('^Connecting to the Screen'))
            app.find('push button', 'Menu').click()
            app.find('menu item', re.compile(item)).click()
            app.find(None, re.compile(title))
            core.remove()
            assert app.process.wait(10) == 0
    ok('a machine that goes away closes its window and what the window asks')
finally:
    if core.qemu is not None:
        core.qemu.close()
    core.stop()
print(f'1..{passed}')
