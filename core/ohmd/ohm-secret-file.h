/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Looks at libsecret's file before libsecret does, which ends the process at one that was cut
 * (0.20.5). @ret_exists: whether there is one. %OHM_ERROR_SECRET if it cannot be read or is
 * damaged. */
gboolean ohm_secret_file_check (const char *path, gboolean *ret_exists, GError **error);

/*
 * libsecret replaces its file also by what it could not write to the end: on a full disk by
 * nothing, and that after it has told of the error. So it is lent a second name of the file, and
 * never sees the file itself, which is replaced by what it wrote once that is whole and on disk.
 */

/* (transfer full): what libsecret is to work on */
char *ohm_secret_file_dup_work (const char *path);

/* Before libsecret reads, and again after it could not write. @exists: whether there is a file yet.
 */
gboolean ohm_secret_file_lend (const char *path, gboolean exists, GError **error);

/* After libsecret could not write: waits until nothing of that is under way any more. */
void ohm_secret_file_give_up (const char *path);

/* After libsecret has written: on disk is what a power cut cannot take; and the former one, with
 * secrets that were replaced or cleared, is gone. */
gboolean ohm_secret_file_take (const char *path, GError **error);

G_END_DECLS
