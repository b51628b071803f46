// The processor's registers as unwinding sees them; the processor's own file defines them.
#pragma once

#if defined(__x86_64__)
#include "platform/x86_64/registers.h"
#endif
