/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-console-dbus-source.h"
#include "gh-console-display.h"
#include "gh-console-enums.h"
#include "gh-console-framebuffer.h"
#include "gh-console-renderer.h"
#include "gh-console-source.h"
