// Where the kernel returns to from our signal handler. Debuggers and unwinders know a signal frame by
// exactly these bytes (48 c7 c0 0f 00 00 00 0f 05), so there is no call frame information on purpose.
        .text
        .globl  holmes_signal_return
        .hidden holmes_signal_return
        .type   holmes_signal_return, @function
        nop
holmes_signal_return:
        movq    $15, %rax               // SYS_rt_sigreturn
        syscall
        .size   holmes_signal_return, .-holmes_signal_return
        .section .note.GNU-stack,"",@progbits
