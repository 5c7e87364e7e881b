/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-transport.h"

typedef struct
{
  OhmSettings *settings; /* (owned) */
  OhmWatcher *watcher;   /* (owned) */
  gboolean is_open;
  OhmTransportCounters counters;

  OhmTransportPushed pushed; /* (nullable) */
  OhmTransportClosed closed; /* (nullable) */
  gpointer user_data;

  OhmTransportTap tap; /* (nullable) */
  gpointer tap_data;
} OhmTransportPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (OhmTransport, ohm_transport, G_TYPE_OBJECT)

enum
{
  OHM_TRANSPORT_PROP_SETTINGS = 1,
  OHM_TRANSPORT_PROP_WATCHER,
  OHM_TRANSPORT_N_PROPS
};

static GParamSpec *ohm_transport_props[OHM_TRANSPORT_N_PROPS];

static OhmTransportPrivate *
ohm_transport_private (OhmTransport *self)
{
  return ohm_transport_get_instance_private (self);
}

OhmTransport *
ohm_transport_new (GType type, OhmSettings *settings, OhmWatcher *watcher)
{
  g_return_val_if_fail (g_type_is_a (type, OHM_TYPE_TRANSPORT), NULL);
  g_return_val_if_fail (settings != NULL && OHM_IS_WATCHER (watcher), NULL);

  return g_object_new (type, "settings", settings, "watcher", watcher, NULL);
}

OhmSettings *
ohm_transport_get_settings (OhmTransport *self)
{
  g_return_val_if_fail (OHM_IS_TRANSPORT (self), NULL);

  return ohm_transport_private (self)->settings;
}

OhmWatcher *
ohm_transport_get_watcher (OhmTransport *self)
{
  g_return_val_if_fail (OHM_IS_TRANSPORT (self), NULL);

  return ohm_transport_private (self)->watcher;
}

void
ohm_transport_set_handlers (OhmTransport *self,
                            OhmTransportPushed pushed,
                            OhmTransportClosed closed,
                            gpointer user_data)
{
  OhmTransportPrivate *priv;

  g_return_if_fail (OHM_IS_TRANSPORT (self));

  priv = ohm_transport_private (self);
  priv->pushed = pushed;
  priv->closed = closed;
  priv->user_data = user_data;
}

void
ohm_transport_set_tap (OhmTransport *self, OhmTransportTap tap, gpointer user_data)
{
  OhmTransportPrivate *priv;

  g_return_if_fail (OHM_IS_TRANSPORT (self));

  priv = ohm_transport_private (self);
  priv->tap = tap;
  priv->tap_data = user_data;
}

void
ohm_transport_tap (OhmTransport *self,
                   OhmFrameEventKind kind,
                   OhmFraming framing,
                   const guint8 *bytes,
                   gsize length)
{
  OhmTransportPrivate *priv;
  OhmFrameEvent event = { .kind = kind, .framing = framing, .bytes = bytes };

  g_return_if_fail (OHM_IS_TRANSPORT (self));

  priv = ohm_transport_private (self);
  if (priv->tap == NULL)
    return;
  event.time_us = ohm_clock_get_wall_us (ohm_watcher_get_clock (priv->watcher));
  event.length = MIN (length, OHM_FRAME_EVENT_BYTES_MAX);
  priv->tap (self, &event, priv->tap_data);
}

/* The one place where the connection comes and goes. */
static void
ohm_transport_note_open (OhmTransport *self, gboolean is_open)
{
  OhmTransportPrivate *priv = ohm_transport_private (self);

  if (is_open == priv->is_open)
    return;
  priv->is_open = is_open;
  if (is_open)
    priv->counters.connects++;
  ohm_transport_tap (self, is_open ? OHM_FRAME_EVENT_OPENED : OHM_FRAME_EVENT_CLOSED,
                     OHM_FRAMING_TCP, /* bytes */ NULL, 0);
}

void
ohm_transport_open (OhmTransport *self,
                    gint64 deadline_us,
                    OhmTransportOpened done,
                    gpointer user_data)
{
  g_return_if_fail (OHM_IS_TRANSPORT (self));
  g_return_if_fail (done != NULL && !ohm_transport_is_open (self));

  OHM_TRANSPORT_GET_CLASS (self)->open (self, deadline_us, done, user_data);
}

void
ohm_transport_exchange (OhmTransport *self,
                        const OhmRequest *request,
                        const OhmTransportOptions *options,
                        gint64 deadline_us,
                        OhmExchangeDone done,
                        gpointer user_data)
{
  static const OhmTransportOptions strict = { .quirks = OHM_MODBUS_STRICT };
  OhmTransportClass *klass;

  g_return_if_fail (OHM_IS_TRANSPORT (self));
  g_return_if_fail (request != NULL && done != NULL && ohm_transport_is_open (self));

  klass = OHM_TRANSPORT_GET_CLASS (self);
  g_return_if_fail (klass->exchange != NULL);
  klass->exchange (self, request, options != NULL ? options : &strict, deadline_us, done,
                   user_data);
}

void
ohm_transport_cancel (OhmTransport *self)
{
  OhmTransportClass *klass;

  g_return_if_fail (OHM_IS_TRANSPORT (self));

  klass = OHM_TRANSPORT_GET_CLASS (self);
  if (klass->cancel != NULL)
    klass->cancel (self);
}

void
ohm_transport_close (OhmTransport *self)
{
  g_return_if_fail (OHM_IS_TRANSPORT (self));

  OHM_TRANSPORT_GET_CLASS (self)->close (self);
  ohm_transport_note_open (self, FALSE);
}

gboolean
ohm_transport_is_open (OhmTransport *self)
{
  g_return_val_if_fail (OHM_IS_TRANSPORT (self), FALSE);

  return ohm_transport_private (self)->is_open;
}

gint64
ohm_transport_get_line_us (OhmTransport *self, const OhmRequest *request)
{
  OhmTransportClass *klass;

  g_return_val_if_fail (OHM_IS_TRANSPORT (self) && request != NULL, 0);

  klass = OHM_TRANSPORT_GET_CLASS (self);
  return klass->get_line_us == NULL ? 0 : klass->get_line_us (self, request);
}

guint
ohm_transport_get_baud (OhmTransport *self)
{
  OhmTransportClass *klass;

  g_return_val_if_fail (OHM_IS_TRANSPORT (self), 0);

  klass = OHM_TRANSPORT_GET_CLASS (self);
  return klass->get_baud == NULL ? 0 : klass->get_baud (self);
}

guint
ohm_transport_get_outstanding (OhmTransport *self)
{
  OhmTransportClass *klass;

  g_return_val_if_fail (OHM_IS_TRANSPORT (self), 1);

  klass = OHM_TRANSPORT_GET_CLASS (self);
  return klass->get_outstanding != NULL ? klass->get_outstanding (self) : 1;
}

OhmTransportCounters *
ohm_transport_get_counters (OhmTransport *self)
{
  g_return_val_if_fail (OHM_IS_TRANSPORT (self), NULL);

  return &ohm_transport_private (self)->counters;
}

void
ohm_transport_push (OhmTransport *self, guint8 unit, const OhmReply *reply)
{
  OhmTransportPrivate *priv;
  OhmReply telegram;

  g_return_if_fail (OHM_IS_TRANSPORT (self) && reply != NULL);

  priv = ohm_transport_private (self);
  priv->counters.replies++;
  if (priv->pushed == NULL)
    return;
  telegram = *reply;
  telegram.unit = unit;
  telegram.function = 0;
  priv->pushed (self, &telegram, priv->user_data);
}

void
ohm_transport_set_open (OhmTransport *self, gboolean is_open)
{
  g_return_if_fail (OHM_IS_TRANSPORT (self));

  ohm_transport_note_open (self, is_open != FALSE);
}

void
ohm_transport_report_closed (OhmTransport *self, const GError *error)
{
  OhmTransportPrivate *priv;

  g_return_if_fail (OHM_IS_TRANSPORT (self) && error != NULL);

  priv = ohm_transport_private (self);
  ohm_transport_note_open (self, FALSE);
  if (priv->closed != NULL)
    priv->closed (self, error, priv->user_data);
}

static void
ohm_transport_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  OhmTransportPrivate *priv = ohm_transport_private (OHM_TRANSPORT (object));

  switch (id)
    {
    case OHM_TRANSPORT_PROP_SETTINGS:
      priv->settings = g_value_dup_boxed (value);
      break;
    case OHM_TRANSPORT_PROP_WATCHER:
      priv->watcher = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
ohm_transport_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  OhmTransportPrivate *priv = ohm_transport_private (OHM_TRANSPORT (object));

  switch (id)
    {
    case OHM_TRANSPORT_PROP_SETTINGS:
      g_value_set_boxed (value, priv->settings);
      break;
    case OHM_TRANSPORT_PROP_WATCHER:
      g_value_set_object (value, priv->watcher);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
ohm_transport_dispose (GObject *object)
{
  OhmTransport *self = OHM_TRANSPORT (object);
  OhmTransportPrivate *priv = ohm_transport_private (self);

  priv->pushed = NULL;
  priv->closed = NULL;
  priv->tap = NULL;
  if (priv->watcher != NULL)
    ohm_transport_close (self);

  G_OBJECT_CLASS (ohm_transport_parent_class)->dispose (object);
}

static void
ohm_transport_finalize (GObject *object)
{
  OhmTransportPrivate *priv = ohm_transport_private (OHM_TRANSPORT (object));

  g_clear_pointer (&priv->settings, ohm_settings_unref);
  g_clear_object (&priv->watcher);

  G_OBJECT_CLASS (ohm_transport_parent_class)->finalize (object);
}

static void
ohm_transport_class_init (OhmTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->set_property = ohm_transport_set_property;
  object_class->get_property = ohm_transport_get_property;
  object_class->dispose = ohm_transport_dispose;
  object_class->finalize = ohm_transport_finalize;

  ohm_transport_props[OHM_TRANSPORT_PROP_SETTINGS] = g_param_spec_boxed ("settings", NULL, NULL,
                                                                         OHM_TYPE_SETTINGS, flags);
  ohm_transport_props[OHM_TRANSPORT_PROP_WATCHER] = g_param_spec_object ("watcher", NULL, NULL,
                                                                         OHM_TYPE_WATCHER, flags);
  g_object_class_install_properties (object_class, OHM_TRANSPORT_N_PROPS, ohm_transport_props);
}

static void
ohm_transport_init (OhmTransport *self)
{
}
