#include "cgssapi.h"

int sluice_gss_is_error(OM_uint32 major) { return GSS_ERROR(major) != 0; }
