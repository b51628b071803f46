/* The C library of thread_trigger. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* Prints the text once there is something to print on: that is, never returns. */
void output(const char* text);

#ifdef __cplusplus
}
#endif
