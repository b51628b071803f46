// The Logger's settings, from the configuration and this process's name as it is now.
// Context: monitor's threads, constructor.
#pragma once

#include "config/config.h"
#include "output/log.h"

namespace holmes {

Logger::Settings log_settings(const Config& config);

}  // namespace holmes
