#include "include/creadline.h"
