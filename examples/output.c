#include "output.h"

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int printer_is_ready;

void output(const char* text) {
  pthread_mutex_lock(&mutex);
  while (!printer_is_ready) pthread_cond_wait(&ready, &mutex);
  puts(text);
  pthread_mutex_unlock(&mutex);
}
