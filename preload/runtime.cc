// What a C++ compiler asks of a runtime library, which this library does not have.

// A call of a pure virtual function: cannot happen after construction, and must not go on.
extern "C" void __cxa_pure_virtual() { __builtin_trap(); }
