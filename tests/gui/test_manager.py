# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine list, as a person uses it."""
import os
import re
import subprocess

import windows
from windows import core, picture, program, ui


def row(app, name):
    return app.find('list item', re.compile(re.escape(name) + ', '))


def select(app, name):
    """Clicks a row and waits for the focus: keys go where that is."""
    node = row(app, name)
    node.click()
    ui.wait(lambda: node.has('focused'), f'the focus on {name}')


def choose(app, item):
    """Takes an item of the menu and waits until the menu has gone: until then
    it takes the clicks and keys that are meant for the list."""
    app.find('menu item', item).press()
    app.gone('menu item')


def state(app, name, words):
    """Waits until the row of a machine says how it is."""
    app.find('list item', re.compile(f'{re.escape(name)}, {words}'))


def test_list_and_states():
    with core('--machines', '12', '--running', '2') as calls:
        with program() as app:
            state(app, 'machine-0', 'Running · 2 h')
            state(app, 'machine-5', 'Off')
            app.find('label', re.compile('^2 GiB · 2 processors'))
            picture('list')
            app.find('push button', 'Start machine-2').click()
            state(app, 'machine-2', 'Running')
            # Numbers count as numbers: 1 stands before 10.
            ui.type_text('machine-1')
            app.gone('list item', re.compile('machine-2, '))
            tops = [row(app, f'machine-{n}').rect()[1] for n in (1, 10, 11)]
            assert tops == sorted(tops), tops
            ui.key('Escape')
            assert not app.unnamed(), app.unnamed()
            row(app, 'machine-0').click(count=2)
            app.find('frame', 'machine-0')
            ui.key('ctrl+w')
            app.gone('frame', 'machine-0')
            ui.wait(lambda: calls('SubscribeStatistics'), 'statistics')
            app.find('image', re.compile(r'Processor load \d+ %'))
            assert app.quit() == 0


def test_menu():
    with core('--machines', '4', '--running', '1'):
        with program() as app:
            row(app, 'machine-0').click(button=3)
            picture('menu')
            choose(app, 'Pause')
            state(app, 'machine-0', 'Paused')
            row(app, 'machine-0').click(button=3)
            choose(app, 'Resume')
            state(app, 'machine-0', 'Running')
            select(app, 'machine-0')
            ui.key('Menu')
            choose(app, 'Shut down')
            state(app, 'machine-0', 'Off')
            select(app, 'machine-0')
            ui.key('shift+F10')
            app.find('menu item', 'Delete…')
            ui.key('Escape')
            assert app.quit() == 0


def test_delete_asks():
    with core('--machines', '3') as calls:
        with program() as app:
            select(app, 'machine-1')
            ui.key('Delete')
            app.find('label', 'Delete machine “machine-1”?')
            picture('delete')
            ui.key('Escape')
            app.gone('label', 'Delete machine “machine-1”?')
            assert not calls('Undefine')
            ui.key('Delete')
            app.find('push button', 'Delete').click()
            app.gone('list item', re.compile('machine-1, '))
            assert len(calls('Undefine')) == 1
            assert app.quit() == 0


def test_turn_off_asks():
    with core('--machines', '1', '--running', '1'):
        with program() as app:
            app.find('image', re.compile(r'Processor load \d+ %'))
            row(app, 'machine-0').click(button=3)
            choose(app, 'Turn off at once…')
            app.find('label', 'Turn off “machine-0” at once?')
            app.find('push button', re.compile('Turn Off')).click()
            state(app, 'machine-0', 'Off')
            app.gone('image', re.compile('Processor load'))
            assert app.quit() == 0


def test_search():
    with core('--machines', '40'):
        with program() as app:
            row(app, 'machine-3')
            ui.type_text('ne-39')
            row(app, 'machine-39')
            app.gone('list item', re.compile('machine-3, '))
            picture('search')
            ui.key('ctrl+a')
            ui.type_text('nothing')
            app.find('label', 'No Such Machine')
            ui.key('Escape')
            row(app, 'machine-3')
            ui.key('ctrl+f')
            ui.wait(lambda: app.find('entry', 'Search machines').has('focused')
                    or app.find('text').has('focused'), 'the search entry')
            assert app.quit() == 0


def test_error_with_details():
    with core('--machines', '14'):
        with program() as app:
            ui.type_text('machine-13')
            app.find('push button', 'Start machine-13').click()
            app.find('label', '“machine-13” could not be started')
            picture('toast')
            app.find('push button', re.compile('Details')).click()
            text = app.find('text', 'Details').text()
            assert 'cannot set up guest memory' in text, text
            picture('details')
            app.find('push button', 'Copy').click()
            assert app.quit() == 0


def test_empty():
    with core():
        with program() as app:
            app.find('label', 'No Machines Yet')
            app.find('label', '/dev/kvm does not exist.')
            picture('empty')
            app.find('push button', re.compile('New Machine'),
                     where=lambda n: n.rect()[1] > 60).click()
            app.find('frame', 'New Machine')
            assert app.quit() == 0


def test_no_qemu():
    with core('--no-qemu'):
        with program() as app:
            app.find('label',
                     'No machine can run yet: QEMU is not installed.')
            picture('no-qemu')
            assert app.quit() == 0


def test_unreachable():
    with program() as app:
        app.find('label', 'The Machine Service Cannot Be Reached')
        picture('unreachable')
        with core('--machines', '1') as calls:
            # It is found without a hand.
            row(app, 'machine-0')
            calls.process.kill()
            app.find('label', re.compile('The machine service does not answer'))
            picture('core-lost')
        with core('--machines', '1'):
            app.gone('label', re.compile('The machine service does not answer'))
            row(app, 'machine-0')
        assert app.quit() == 0


def test_window_size_is_kept():
    with core('--machines', '1'):
        with program() as app:
            row(app, 'machine-0')
            ui.resize(app, 700, 500)
            ui.wait(lambda: app.find('frame').rect()[2] < 710, 'the new size')
            assert app.quit() == 0
        with program() as app:
            width = app.find('frame', 'Guesthouse').rect()[2]
            assert 680 <= width <= 710, width
            assert app.quit() == 0


def test_narrow():
    with core('--machines', '3', '--running', '1'):
        with program() as app:
            row(app, 'machine-0')
            ui.resize(app, 360, 600)
            ui.wait(lambda: app.find('frame').rect()[2] <= 360, 'the new size')
            app.gone('label', re.compile('^2 GiB · 2 processors'))
            app.find('push button', 'Start machine-2')
            picture('narrow')
            assert app.quit() == 0


def test_command_line():
    with core('--machines', '2'):
        with program('--open', 'nobody') as app:
            app.find('label', 'There is no machine “nobody”')
            # The second start gives its wish to the first and ends.
            subprocess.run([windows.PROGRAM, '--new'], check=True)
            app.find('frame', 'New Machine')
            assert app.quit() == 0


if __name__ == '__main__':
    windows.run(dict(globals()))
