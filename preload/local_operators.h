// The operators of C++ libraries in a program that knows none itself: a C program that loads C++
// libraries later, a database its extensions. Each library finds the ones in its own scope, as it
// would without us.
//
// The loader takes microseconds and its lock to tell: it is asked once for a library and operator
// (before glibc 2.35: for a page of its code), and its answer kept in a table without locks.
#pragma once

namespace holmes {

// The operator that a call from `caller`'s library would reach without us; nullptr where there is
// none. `number`: of the operator, below 4094, one for each name. Context: threads of the host.
void* find_local_operator(const void* caller, unsigned number, const char* name);

// A library has been unloaded. Context: threads of the host.
void forget_local_operators();

}  // namespace holmes
