// What the stripped library of capture_zoo exports.
#pragma once

// Calls back through functions of its own, with and without frame pointer, that no symbol names.
extern "C" void capture_call(void (*function)(void*), void* argument);
