# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a new machine, as a person goes it."""
import os
import re

import windows
from windows import core, iso, picture, program, ui


def gone_on(app):
    app.find('push button', 'Create')


def test_known_iso():
    with core('--kvm') as calls:
        with program('--new', iso('debian.iso', 'Debian 11.5.0 amd64 1')) as app:
            app.find('label', 'Debian 11 · recognised')
            picture('review')
            # The wheel scrolls, and changes nothing on the way.
            ui.move(*app.find('slider', 'Memory').point())
            before = app.find('spin button', 'Memory').value()
            ui.wheel(notches=3)
            ui.wheel(up=True, notches=9)
            assert app.find('spin button', 'Memory').value() == before
            assert not app.unnamed(), app.unnamed()
            gone_on(app)
            app.find('push button', 'Create').click()
            app.find('frame', 'debian11')
            app.gone('frame', 'New Machine')
            xml, options = calls('Install')[0]
            assert '<name>debian11</name>' in xml
            assert 'http://debian.org/debian/11' in xml
            assert options['media'] == 'sda' and options['reboots'] == 1
            assert options['disks'] == [{'target': 'vda',
                                         'capacity': 20 << 30}], options
            assert app.quit() == 0


def test_keyboard_only():
    with core('--kvm') as calls:
        with program('--new', iso('k.iso', 'Debian 11.5.0 amd64 1')) as app:
            gone_on(app)
            ui.wait(lambda: app.find('push button', 'Create').has('focused'),
                    'the focus on Create')
            ui.key('Return')
            ui.wait(lambda: calls('Install'), 'the installation')
            app.gone('frame', 'New Machine')
            assert app.quit() == 0


def test_unknown_iso_and_other_system():
    with core('--kvm') as calls:
        with program('--new', iso('tiny.iso', 'TINY')) as app:
            app.find('label', re.compile('Generic Linux .* not recognised'))
            app.find('list item', 'Operating System').click()
            app.find('entry', 'Search operating systems')
            ui.type_text('windows 11')
            app.find('label', 'Microsoft Windows 11')
            picture('systems')
            ui.key('Return')
            app.find('label', 'Microsoft Windows 11')
            app.find('label', re.compile('asks for a TPM'), showing=False)
            picture('windows')
            app.find('push button', 'Create').click()
            ui.wait(lambda: calls('Install'), 'the installation')
            assert '<name>win11</name>' in calls('Install')[0][0]
            app.find('frame', 'win11')
            assert app.quit() == 0


def test_problems_while_typing():
    with core('--kvm', '--machines', '1'):
        with program('--new', iso('p.iso', 'TINY')) as app:
            gone_on(app)
            name = app.find('text', 'Name')
            name.enter('machine-0')
            taken = 'There is already a machine called “machine-0”.'
            app.find('label', taken)
            assert not app.find('push button', 'Create').has('sensitive')
            picture('taken')
            name.enter('a/b')
            app.find('label', re.compile('contains “/”'))
            name.click()
            ui.key('ctrl+a', 'BackSpace')
            app.find('label', 'The machine needs a name.')
            name.enter('x' * 256)
            app.find('label', re.compile('256 bytes; the limit is 255'))
            name.enter('-v,id=1 "q" 好')
            ui.wait(lambda: app.find('push button', 'Create').has('sensitive'),
                    'Create')
            memory = app.find('spin button', 'Memory')
            memory.enter('999999')
            ui.key('Tab')
            app.find('label', re.compile('more than this computer has'))
            picture('memory')
            memory.enter('1024')
            ui.key('Tab')
            app.gone('label', re.compile('more than this computer has'))
            assert app.quit() == 0


def test_bad_files():
    bad = os.path.join(windows.FOLDER, 'no-disc.iso')
    with open(bad, 'w', encoding='utf-8') as out:
        out.write('x' * 50000)
    with core('--kvm'):
        with program('--new', bad) as app:
            app.find('label', re.compile('no-disc.iso” is not an installation '
                                         'disc'))
            picture('no-disc')
            assert app.quit() == 0
        with program('--new', '/absent.iso') as app:
            app.find('label', 'The file “/absent.iso” does not exist.')
            assert app.quit() == 0
        with program('--new', windows.FOLDER) as app:
            app.find('label', re.compile('is not a file'))
            assert app.quit() == 0


def test_disk_image():
    image = os.path.join(windows.FOLDER, 'old.qcow2')
    with open(image, 'wb') as out:
        out.write(b'QFI\xfb' + bytes(100000))
    with core('--kvm') as calls:
        with program(image) as app:
            app.find('label', re.compile('old.qcow2 · 97.7.KiB · qcow2'),
                     showing=False)
            picture('image')
            app.find('push button', 'Create').click()
            ui.wait(lambda: calls('Install'), 'the installation')
            xml, options = calls('Install')[0]
            assert image in xml and 'disks' not in options
            app.find('frame', 'machine')
            assert app.quit() == 0


def test_refused_keeps_what_was_typed():
    with core('--kvm', '--fail-install'):
        with program('--new', iso('f.iso', 'TINY')) as app:
            gone_on(app)
            app.find('text', 'Name').enter('mine')
            app.find('push button', 'Create').click()
            app.find('label', 'QEMU could not start the machine.')
            picture('refused')
            assert app.find('text', 'Name').text() == 'mine'
            app.find(None, 'Details').click()
            app.find('label', re.compile('-device foo: no such device'))
            assert app.quit() == 0


def test_cancel():
    with core('--kvm', env={'LIST_CORE_MS': '60000'}) as calls:
        with program('--new', iso('c.iso', 'TINY')) as app:
            gone_on(app)
            app.find('push button', 'Create').click()
            app.find('label', 'Creating the disk image')
            picture('progress')
            app.find('push button', 'Cancel').click()
            ui.wait(lambda: calls('Cancel'), 'the cancellation')
            gone_on(app)
            app.find('text', 'Name')
            assert app.quit() == 0


def test_back_and_recent():
    path = iso('again.iso', 'TINY')
    with core('--kvm'):
        with program('--new', path) as app:
            gone_on(app)
            ui.key('Escape')
            app.find('list item', 'Installation File…')
            picture('source')
            assert not app.unnamed(), app.unnamed()
            ui.key('Escape')
            ui.wait(lambda: app.process.poll() is not None, 'the end')
        with program('--new') as app:
            app.find('list item', 'again.iso').click()
            gone_on(app)
            assert app.quit() == 0


def test_no_core():
    with program('--new', iso('n.iso', 'TINY')) as app:
        app.find('label', re.compile('The machine service cannot be reached'))
        assert not app.find('push button', 'Create').has('sensitive')
        with core('--kvm'):
            ui.wait(lambda: app.find('push button', 'Create').has('sensitive'),
                    'Create')
        assert app.quit() == 0


if __name__ == '__main__':
    windows.run(dict(globals()))
