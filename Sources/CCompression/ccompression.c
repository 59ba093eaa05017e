#include "include/ccompression.h"
