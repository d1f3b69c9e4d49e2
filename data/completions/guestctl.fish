# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for guestctl. Commands and options come from the program itself.

function __guestctl_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and echo $words[2]
end

complete -c guestctl -n 'test -z (__guestctl_command)' -f -a '(guestctl --list-commands 2>/dev/null)'
complete -c guestctl -n 'test -n (__guestctl_command); and string match -q -- "-*" (commandline -ct)' \
    -f -a '(guestctl (__guestctl_command) --list-options 2>/dev/null)'
complete -c guestctl -n 'test -n (__guestctl_command); and not contains -- (__guestctl_command) define validate install list osinfo' \
    -f -a '(guestctl list --all --name 2>/dev/null)'
