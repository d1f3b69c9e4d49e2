# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole story, as a person goes it: from the empty list and an ISO file to an installed system,
and away with it again. The core is that of this build, which the bus starts; QEMU and the guest
(tests/lab/tiny-guest, in $TINY_GUEST) are real. What the guest shows is read from the window's pixels.
"""
import glob
import io
import os
import re
import signal
import sys
import time

import vgatext
import windows
from windows import picture, program, ui

import gi
gi.require_version('GdkPixbuf', '2.0')
from gi.repository import GdkPixbuf, Gio, GLib  # noqa: E402

GUEST = os.environ.get('TINY_GUEST', '')
ISO = os.path.join(GUEST, 'tiny-installer.iso')
NAME = 'first machine'
PATIENCE = float(os.environ.get('STORY_PATIENCE', '240'))
STALL_LIMIT_MS = int(os.environ.get('GH_STALL_MS', '250'))
READY = re.compile(r'TINY ready cpus=\d+ memory=\d+ from=disk boots=(\d+)')


class Screen:
    """The guest's screen in a machine window, one guest pixel to one of the display's."""
    reader = vgatext.Reader()

    def __init__(self, app):
        self.app = app
        self.node = None

    def look(self):
        """Finds it; gives its size."""
        if self.node is None:
            self.node = self.app.find('panel', re.compile('^Screen of'), timeout=30)
        name = self.node.refresh().name
        size = re.search(r'(\d+) × (\d+), connected', name)
        return (int(size[1]), int(size[2])) if size else None

    def fit(self):
        """Makes the window as large as it must be; gives the screen's size and place."""
        size = self.look()
        if size is None:
            return None
        for _ in range(3):
            x, y, width, height = self.node.rect()
            if size[0] <= width <= size[0] * 1.05 and size[1] <= height <= size[1] * 1.05 or \
               size[0] <= width and height == size[1]:
                break
            left, top, wide, high = next(
                w[:4] for w in ui._x_windows(self.app) if w[4] == NAME)
            ui.resize(self.app, wide + size[0] - width, high + size[1] - height, NAME)
            time.sleep(0.1)
        else:
            return None
        x += (width - size[0]) // 2
        y += (height - size[1]) // 2
        left, top = self.app.origin(self.node.frame)
        return (round(left + x), round(top + y), *size)

    def pixels(self):
        place = self.fit()
        return ui.grab().crop(*place) if place else None

    def lines(self):
        pixels = self.pixels()
        return self.reader.lines(pixels) if pixels else []

    def until(self, pattern, timeout=PATIENCE, press=None):
        """Waits until the screen says PATTERN in a line; gives the match."""
        pattern = re.compile(pattern)
        lines = []

        def said():
            if press:
                ui.key(press)
            lines[:] = self.lines()
            return next((m for m in map(pattern.search, lines) if m), None)
        try:
            return ui.wait(said, f'{pattern.pattern!r} on the screen', timeout)
        except ui.Failure as failure:
            shown = '\n'.join(filter(None, lines))
            raise ui.Failure(f'{failure}; there is:\n{shown}') from None

    def click(self):
        self.node.click()


def call(path, interface, method, signature=None, *arguments, fds=False):
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    name = 'org.guesthouse.Vmm1'
    values = GLib.Variant(signature, arguments) if signature else None
    if not fds:
        return bus.call_sync(name, path, f'{name}.{interface}', method, values, None, 0, 20000,
                             None).unpack()
    reply, files = bus.call_with_unix_fd_list_sync(
        name, path, f'{name}.{interface}', method, values, None, 0, 20000, None, None)
    return files.get(reply.unpack()[0])


def machine():
    return call('/org/guesthouse/Vmm1', 'Manager', 'LookupByName', '(s)', NAME)[0]


def screenshot_of_core():
    """What the guest's screen is, from the core and not through the window."""
    with os.fdopen(call(machine(), 'Machine', 'Screenshot', '(a{sv})', {}, fds=True), 'rb') as file:
        data = file.read()
    loader = GdkPixbuf.PixbufLoader.new_with_type('png')
    loader.write(data)
    loader.close()
    image = loader.get_pixbuf()
    width, height = image.get_width(), image.get_height()
    stride, n = image.get_rowstride(), image.get_n_channels()
    pixels = image.get_pixels()
    out = io.BytesIO()
    for y in range(height):
        row = pixels[y * stride:y * stride + width * n]
        rgb = bytearray(width * 3)
        for band in range(3):
            rgb[band::3] = row[band::n]
        out.write(rgb)
    return ui.Picture(width, height, out.getvalue())


def qemu():
    """QEMU of our machine; its disk is in our home."""
    found = []
    for place in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            with open(place, 'rb') as file:
                words = file.read()
        except OSError:
            continue
        if f'guest={NAME},'.encode() in words and os.environ['HOME'].encode() in words:
            found.append(int(place.split('/')[2]))
    return found


class Story:
    def __init__(self):
        self.app = None
        self.screen = None

    def start(self):
        env = {'GH_STALL_LOG': windows.STALLS}
        self.app = program(env=env)
        self.screen = None

    def test_empty_list(self):
        self.start()
        self.app.find('label', 'No Machines Yet')
        picture('story-empty')

    def test_choose_file(self):
        self.app.find('push button', 'New Machine').click()
        self.app.find('frame', 'New Machine')
        picture('story-wizard-source')
        self.app.find('list item', re.compile('Installation File')).click()
        ui.wait(lambda: self.app.find('push button', 'Open').has('visible'), 'the file chooser')
        # As in any GTK file chooser, a slash begins a path.
        ui.type_text(ISO)
        picture('story-wizard-chooser')
        ui.key('Return')
        self.app.find('push button', 'Create', timeout=30)

    def test_review(self):
        app = self.app
        app.find('list item', 'Operating System').click()
        app.find('entry', 'Search operating systems')
        picture('story-wizard-systems')
        ui.type_text('generic linux')
        app.find('label', re.compile('^Generic Linux'))
        ui.key('Return')
        app.find('label', re.compile('^Generic Linux'))
        app.find('text', 'Name').enter(NAME)
        memory = app.find('spin button', 'Memory')
        memory.enter('512')
        ui.key('Tab')
        picture('story-wizard-review')
        app.find('check box', 'BIOS', showing=False).scroll_to().click()
        picture('story-wizard-review-end')
        ui.wait(lambda: app.find('push button', 'Create').has('sensitive'), 'Create')
        app.find('push button', 'Create').click()
        app.find('frame', NAME, timeout=30)
        app.gone('frame', 'New Machine')

    def test_installer_hears_keys(self):
        self.screen = Screen(self.app)
        self.screen.look()
        self.app.find('label', re.compile('^Installing'))
        # Down on the last entry stops the countdown and changes nothing else; typed ahead, it waits.
        seen = self.screen.until(r'\*Install the tiny guest|TINY install', press='Down')
        if seen[0] == 'TINY install':
            print('# the boot menu was gone before a key came: a very busy computer')
            return
        picture('story-boot-menu')
        ui.key('Up')
        self.screen.until(r'\*Tiny guest')
        ui.key('Down')
        self.screen.until(r'\*Install the tiny guest')
        ui.key('Return')

    def test_installer_is_seen(self):
        self.screen.until('TINY install: writing to vda')
        picture('story-installer')

    def test_restarts_from_its_disk(self):
        assert self.screen.until(READY)[1] == '1'
        picture('story-installed')
        self.app.gone('label', re.compile('^Installing'))
        for stored in False, True:
            xml = call(machine(), 'Machine', 'GetXml', '(a{sv})',
                       {'inactive': GLib.Variant('b', stored)})[0]
            assert 'tiny-installer.iso' not in xml, xml
        assert re.search(r"<memory( unit=.KiB.)?>524288<|<memory unit=.MiB.>512<", xml), xml

    def test_typing(self):
        self.screen.click()
        ui.type_text('clear; echo "Guest-$((6 * 7)) & <you>"; head -c 9 /etc/os-release')
        ui.key('Return')
        self.screen.until(r'^Guest-42 & <you>$')
        self.screen.until(r'^# |^~ #|[#$] $|[#$]$')
        picture('story-typed')

    def test_pixels_are_the_guests(self):
        ui.move(4, 4)   # the pointer is on the picture, too

        def equal():
            shown = self.screen.pixels()
            return shown and _same(shown, screenshot_of_core())
        ui.wait(equal, 'the same picture in the window as in the core')

    def test_shut_down_and_start(self):
        self.app.find('push button', 'Shut Down').click()
        self.app.find('label', 'Off', timeout=60)
        ui.wait(lambda: not qemu(), 'the end of QEMU')
        picture('story-off')
        self.app.find('push button', 'Start').click()
        assert self.screen.until(READY)[1] == '2'
        picture('story-second-start')

    def test_closing_stops_nothing(self):
        before = qemu()
        assert before
        ui.key('ctrl+alt')      # lets go of the keyboard, should the guest have it
        self.app.find('push button', 'Close', within=self.app.find('frame', NAME)).click()
        self.app.gone('frame', NAME)
        self.app.find('list item', re.compile(f'{NAME}, Running'))
        picture('story-list')
        assert qemu() == before
        self.app.find('list item', re.compile(f'{NAME}, Running')).click(count=2)
        self.app.find('frame', NAME)
        self.screen = Screen(self.app)
        assert self.screen.until(READY)[1] == '2'

    def test_turn_off_and_delete(self):
        app = self.app
        app.find('push button', 'Menu').click()
        app.find('menu item', re.compile('Turn Off')).press()
        app.gone('menu item')
        app.find('push button', re.compile('^Turn Off')).click()
        app.find('label', 'Off')
        ui.wait(lambda: not qemu(), 'the end of QEMU')
        ui.key('ctrl+w')
        app.gone('frame', NAME)
        row = app.find('list item', re.compile(f'{NAME}, Off'))
        picture('story-list-off')
        row.click()
        ui.key('Delete')
        app.find('label', f'Delete machine “{NAME}”?')
        picture('story-delete')
        app.find('push button', 'Delete').click()
        app.find('label', 'No Machines Yet')
        picture('story-end')
        # Its disk stays, as the question said, and so does what it came from.
        left = glob.glob(os.environ['XDG_DATA_HOME'] + '/**/*.qcow2', recursive=True)
        assert len(left) == 1, left
        assert os.path.exists(ISO)
        assert app.quit() == 0

    def test_never_stalls(self):
        # On a busy machine others have the processors: that is not the program's fault.
        worst = max((spent - waited for spent, waited in stalls()), default=0)
        assert worst <= STALL_LIMIT_MS, f'{worst} ms'


def stalls():
    """[(ms that a turn of the main loop took, ms of these without a processor)]"""
    try:
        with open(windows.STALLS, encoding='utf-8') as log:
            return [tuple(map(int, re.findall(r'\d+', line))) for line in log]
    except FileNotFoundError:
        return []


def _same(shown, true):
    """Whether two pictures are equal, but for one cell, where the cursor blinks."""
    if (shown.width, shown.height) != (true.width, true.height):
        return False
    cells = set()
    for at in range(0, len(true.data), 3):
        if shown.data[at:at + 3] != true.data[at:at + 3]:
            y, x = divmod(at // 3, true.width)
            cells.add((x // 9 if true.width == 720 else x // 8, y // 16))
            if len(cells) > 1:
                return False
    return True


def main():
    if not os.path.exists(ISO):
        print('1..0 # SKIP there is no tiny guest ($TINY_GUEST); tests/lab/tiny-guest makes it')
        return 0
    if windows.OUT:
        os.makedirs(windows.OUT, exist_ok=True)
    story = Story()
    steps = [name for name in vars(Story) if name.startswith('test_')]
    print(f'1..{len(steps)}', flush=True)
    broken = False
    begin = time.monotonic()
    try:
        for number, name in enumerate(steps, 1):
            words = name[5:].replace('_', ' ')
            before = len(stalls())
            if broken and name != 'test_never_stalls':
                print(f'not ok {number} - {words}: what comes before it failed', flush=True)
                continue
            try:
                getattr(story, name)()
                print(f'ok {number} - {words} # {time.monotonic() - begin:.1f} s', flush=True)
            except Exception as error:   # whatever it is, the others are told
                broken = True
                print(f'not ok {number} - {words}', flush=True)
                for line in f'{type(error).__name__}: {error}\n{windows.output()}'.split('\n'):
                    print('# ' + line, flush=True)
                picture('story-failure')
                if story.app and windows.OUT:
                    with open(os.path.join(windows.OUT, 'story-failure.txt'), 'w',
                              encoding='utf-8') as out:
                        out.write(story.app.dump())
            for spent, waited in stalls()[before:]:
                print(f'# the main loop took {spent} ms, {waited} ms of it without a processor',
                      flush=True)
    finally:
        if story.app and story.app.process.poll() is None:
            story.app.stop()
        for pid in qemu():
            os.kill(pid, signal.SIGKILL)
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main())
