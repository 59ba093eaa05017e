#include "include/cpcre2.h"
