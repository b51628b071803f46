// What the operators remember of loaded libraries.
#pragma once

namespace holmes {

// A library has been unloaded. Context: threads of the host.
void forget_local_operators();

}  // namespace holmes
