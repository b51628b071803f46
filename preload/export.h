// Marks the functions that stand before the host's own. exports.map lists the same names.
#pragma once

#define HOLMES_EXPORT extern "C" __attribute__((visibility("default")))
