/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-site.h"
#include "ohm-store.h"

G_BEGIN_DECLS

/*
 * Follows meters by their serial (design 4.5: addresses are never identity). What a survey finds at
 * the address of one configured meter may be another one of the site: that one is then read there.
 * Only addresses that are configured are looked at, and only by surveys that are made anyhow;
 * others when somebody asks for it (#OhmFindJob). Where a meter was found is never kept: it is
 * found again after a restart, or looked for again. Main thread.
 */
typedef struct _OhmFollow OhmFollow;

/* @host: is read at another address from now on; what was read before was another device's */
typedef void (*OhmFollowMovedFunc) (OhmMeterHost *host, gpointer user_data);

/* @site: must outlive it */
OhmFollow *
ohm_follow_new (OhmSite *site, OhmStore *store, OhmFollowMovedFunc moved, gpointer user_data);
void ohm_follow_free (OhmFollow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmFollow, ohm_follow_free)

/* A meter was surveyed: its identity is confirmed or refuted. */
void ohm_follow_surveyed (OhmFollow *self, OhmMeterHost *host);

/* Somebody looked for the meter and found its serial there: it is read there from now on, unless it
 * answers where it is. */
void ohm_follow_take (OhmFollow *self, OhmMeterHost *host, OhmLink *link, guint8 unit);

/* A meter is gone. */
void ohm_follow_removed (OhmFollow *self, const char *meter);

G_END_DECLS
