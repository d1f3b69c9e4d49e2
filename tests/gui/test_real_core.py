# SPDX-License-Identifier: GPL-3.0-or-later
"""The wizard against the core of this build, which the bus starts: from a disc
to a running QEMU, and nothing left afterwards.

The disc is the one named by $GH_TEST_ISO, else one that holds nothing to boot.
"""
import os
import re
import subprocess

import windows
from windows import iso, picture, program, ui


def qemu_of(name):
    return subprocess.run(['pgrep', '-f', f'guest={name},'], check=False,
                          stdout=subprocess.PIPE).stdout.split()


def test_from_disc_to_running():
    name = f'disc-{os.getpid()}'
    path = os.environ.get('GH_TEST_ISO') or iso('empty.iso', 'EMPTY')
    with program('--new', path) as app:
        ui.wait(lambda: app.find('push button', 'Create').has('sensitive'),
                'Create', 30)
        app.find('text', 'Name').enter(name)
        ui.wheel(notches=40)
        app.find('check box', 'BIOS').click()
        app.find('push button', 'Create').click()
        app.find('frame', name, timeout=30)
        try:
            ui.wait(lambda: qemu_of(name), 'QEMU')
            app.find('label', re.compile('Installing'))
            picture('real-machine')
            ui.key('ctrl+w')
            ui.wait(lambda: app.process.poll() is not None, 'the end')
            assert qemu_of(name), 'closing the window stopped the guest'
            with program() as again:
                row = again.find('list item', re.compile(f'{name}, Installing'))
                row.click(button=3)
                picture('real-list')
                again.find('menu item', re.compile('Turn off')).press()
                again.find('push button', re.compile('Turn Off')).click()
                again.find('list item', re.compile(f'{name}, Off'))
                ui.wait(lambda: not qemu_of(name), 'the end of QEMU')
                ui.key('Delete')
                again.find('push button', 'Delete').click()
                again.find('label', 'No Machines Yet')
                assert again.quit() == 0
        finally:
            for pid in qemu_of(name):
                subprocess.run(['kill', '-KILL', pid], check=False)


if __name__ == '__main__':
    windows.run(dict(globals()))
