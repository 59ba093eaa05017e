#pragma once
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>

/* Macros of the library that Swift does not see. */
int sluice_gss_is_error(OM_uint32 major);
