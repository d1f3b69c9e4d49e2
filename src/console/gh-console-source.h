/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gh-console-framebuffer.h"

G_BEGIN_DECLS

#define GH_CONSOLE_ERROR (gh_console_error_quark ())

/**
 * GhConsoleError:
 * @GH_CONSOLE_ERROR_CLOSED: the other side has gone
 * @GH_CONSOLE_ERROR_PROTOCOL: the other side said something wrong
 * @GH_CONSOLE_ERROR_NO_SCREEN: the machine has no screen
 * @GH_CONSOLE_ERROR_UNSUPPORTED: this screen cannot do that
 */
typedef enum
{
  GH_CONSOLE_ERROR_CLOSED,
  GH_CONSOLE_ERROR_PROTOCOL,
  GH_CONSOLE_ERROR_NO_SCREEN,
  GH_CONSOLE_ERROR_UNSUPPORTED,
} GhConsoleError;

GQuark gh_console_error_quark (void);

/**
 * GhConsoleState:
 * @GH_CONSOLE_STATE_NEW: not opened yet
 * @GH_CONSOLE_STATE_CONNECTING: opening
 * @GH_CONSOLE_STATE_CONNECTED: pictures come, input goes
 * @GH_CONSOLE_STATE_CLOSED: over for good; make a new source
 */
typedef enum
{
  GH_CONSOLE_STATE_NEW,
  GH_CONSOLE_STATE_CONNECTING,
  GH_CONSOLE_STATE_CONNECTED,
  GH_CONSOLE_STATE_CLOSED,
} GhConsoleState;

/**
 * GhConsoleButton:
 *
 * Buttons of the guest's pointer.
 */
typedef enum
{
  GH_CONSOLE_BUTTON_LEFT,
  GH_CONSOLE_BUTTON_MIDDLE,
  GH_CONSOLE_BUTTON_RIGHT,
  GH_CONSOLE_BUTTON_SIDE,
  GH_CONSOLE_BUTTON_EXTRA,
} GhConsoleButton;

/**
 * GhConsoleLeds:
 *
 * Lock lamps of the guest's keyboard.
 */
typedef enum
{
  GH_CONSOLE_LEDS_NONE = 0,
  GH_CONSOLE_LEDS_SCROLL_LOCK = 1 << 0,
  GH_CONSOLE_LEDS_NUM_LOCK = 1 << 1,
  GH_CONSOLE_LEDS_CAPS_LOCK = 1 << 2,
} GhConsoleLeds;

#define GH_CONSOLE_TYPE_CURSOR (gh_console_cursor_get_type ())

typedef struct _GhConsoleCursor GhConsoleCursor;

/**
 * GhConsoleCursor:
 * @width: pixels, 1 to 512
 * @height: pixels, 1 to 512
 * @hot_x: the point that points, inside
 * @hot_y: the point that points, inside
 * @pixels: blue, green, red, alpha (not premultiplied), 8 bits each, rows without gaps
 *
 * The shape of the guest's pointer. Never changes.
 */
struct _GhConsoleCursor
{
  guint   width;
  guint   height;
  guint   hot_x;
  guint   hot_y;
  GBytes *pixels;

  /*< private >*/
  gatomicrefcount ref_count;
};

GType            gh_console_cursor_get_type (void);
GhConsoleCursor *gh_console_cursor_new      (int              width,
                                             int              height,
                                             int              hot_x,
                                             int              hot_y,
                                             GBytes          *pixels);
GhConsoleCursor *gh_console_cursor_ref      (GhConsoleCursor *self);
void             gh_console_cursor_unref    (GhConsoleCursor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GhConsoleCursor, gh_console_cursor_unref)

#define GH_CONSOLE_TYPE_SOURCE (gh_console_source_get_type ())
G_DECLARE_DERIVABLE_TYPE (GhConsoleSource, gh_console_source, GH_CONSOLE, SOURCE, GObject)

/**
 * GhConsoleSourceClass:
 * @open: begins; ends in gh_console_source_set_connected() or gh_console_source_set_closed()
 * @close: ends the connection; nothing may be reported afterwards
 * @key: a key by its QEMU number: XT set 1, 0x80 added for those with the 0xe0 prefix
 * @motion_abs: pointer to a pixel of the framebuffer
 * @motion_rel: pointer by so many counts
 * @button: a button goes down or up
 * @wheel: whole notches; positive is right and down
 * @request_size_async: ask the guest for another screen size; @width_mm and @height_mm may be 0
 * @request_size_finish: its end, which is not yet the new size
 * @set_visible: whether anybody looks; pictures may pause meanwhile
 *
 * What a backend does. All are called in the thread that made the source, and, except @open and
 * @close, only while connected. None may block.
 */
struct _GhConsoleSourceClass
{
  GObjectClass parent_class;

  void     (*open)                (GhConsoleSource      *self);
  void     (*close)               (GhConsoleSource      *self);
  void     (*key)                 (GhConsoleSource      *self,
                                   guint                 qnum,
                                   gboolean              is_pressed);
  void     (*motion_abs)          (GhConsoleSource      *self,
                                   guint                 x,
                                   guint                 y);
  void     (*motion_rel)          (GhConsoleSource      *self,
                                   int                   dx,
                                   int                   dy);
  void     (*button)              (GhConsoleSource      *self,
                                   GhConsoleButton       button,
                                   gboolean              is_pressed);
  void     (*wheel)               (GhConsoleSource      *self,
                                   int                   dx,
                                   int                   dy);
  void     (*request_size_async)  (GhConsoleSource      *self,
                                   guint                 width,
                                   guint                 height,
                                   guint                 width_mm,
                                   guint                 height_mm,
                                   GCancellable         *cancellable,
                                   GAsyncReadyCallback   callback,
                                   gpointer              user_data);
  gboolean (*request_size_finish) (GhConsoleSource      *self,
                                   GAsyncResult         *result,
                                   GError              **error);
  void     (*set_visible)         (GhConsoleSource      *self,
                                   gboolean              is_visible);

  /*< private >*/
  gpointer padding[12];
};

void                  gh_console_source_open                (GhConsoleSource      *self);
void                  gh_console_source_close               (GhConsoleSource      *self);
GhConsoleState        gh_console_source_get_state           (GhConsoleSource      *self);
const GError         *gh_console_source_get_error           (GhConsoleSource      *self);
GhConsoleFramebuffer *gh_console_source_get_framebuffer     (GhConsoleSource      *self);
guint                 gh_console_source_get_width           (GhConsoleSource      *self);
guint                 gh_console_source_get_height          (GhConsoleSource      *self);
gboolean              gh_console_source_get_pointer_absolute (GhConsoleSource     *self);
GhConsoleLeds         gh_console_source_get_leds            (GhConsoleSource      *self);
gboolean              gh_console_source_get_can_resize      (GhConsoleSource      *self);
GhConsoleCursor      *gh_console_source_get_cursor          (GhConsoleSource      *self);
gboolean              gh_console_source_get_guest_pointer   (GhConsoleSource      *self,
                                                             int                  *x,
                                                             int                  *y);

void                  gh_console_source_send_key            (GhConsoleSource      *self,
                                                             guint                 qnum,
                                                             gboolean              is_pressed);
void                  gh_console_source_send_motion_abs     (GhConsoleSource      *self,
                                                             guint                 x,
                                                             guint                 y);
void                  gh_console_source_send_motion_rel     (GhConsoleSource      *self,
                                                             int                   dx,
                                                             int                   dy);
void                  gh_console_source_send_button         (GhConsoleSource      *self,
                                                             GhConsoleButton       button,
                                                             gboolean              is_pressed);
void                  gh_console_source_send_wheel          (GhConsoleSource      *self,
                                                             int                   dx,
                                                             int                   dy);
void                  gh_console_source_request_size_async  (GhConsoleSource      *self,
                                                             guint                 width,
                                                             guint                 height,
                                                             guint                 width_mm,
                                                             guint                 height_mm,
                                                             GCancellable         *cancellable,
                                                             GAsyncReadyCallback   callback,
                                                             gpointer              user_data);
gboolean              gh_console_source_request_size_finish (GhConsoleSource      *self,
                                                             GAsyncResult         *result,
                                                             GError              **error);
void                  gh_console_source_set_visible         (GhConsoleSource      *self,
                                                             gboolean              is_visible);

/* For backends. */
void                  gh_console_source_set_connected        (GhConsoleSource      *self);
void                  gh_console_source_set_closed           (GhConsoleSource      *self,
                                                              const GError         *error);
void                  gh_console_source_set_framebuffer      (GhConsoleSource      *self,
                                                              GhConsoleFramebuffer *framebuffer);
void                  gh_console_source_flush_damage         (GhConsoleSource      *self);
void                  gh_console_source_set_pointer_absolute (GhConsoleSource      *self,
                                                              gboolean              is_absolute);
void                  gh_console_source_set_leds             (GhConsoleSource      *self,
                                                              GhConsoleLeds         leds);
void                  gh_console_source_set_can_resize       (GhConsoleSource      *self,
                                                              gboolean              can_resize);
void                  gh_console_source_set_cursor           (GhConsoleSource      *self,
                                                              GhConsoleCursor      *cursor);
void                  gh_console_source_set_guest_pointer    (GhConsoleSource      *self,
                                                              int                   x,
                                                              int                   y,
                                                              gboolean              is_shown);

G_END_DECLS
