// long holmes_clone_thread(long flags, void* stack_top, void* tls, int* tid,
//                          void (*run)(void*), void* argument)
// clone(2) into `run(argument)` on a stack of its own. The child never returns: it exits its thread.
        .text
        .globl  holmes_clone_thread
        .hidden holmes_clone_thread
        .type   holmes_clone_thread, @function
holmes_clone_thread:
        .cfi_startproc
        endbr64
        andq    $-16, %rsi
        subq    $16, %rsi
        movq    %r8, (%rsi)             // run
        movq    %r9, 8(%rsi)            // argument
        movq    %rdx, %r8               // tls
        movq    %rcx, %r10              // child_tid, where flags say so
        movq    %rcx, %rdx              // parent_tid, the same
        movl    $56, %eax               // SYS_clone
        syscall
        testq   %rax, %rax
        jz      1f
        ret
        .cfi_endproc
1:      .cfi_startproc
        .cfi_undefined rip              // the end of the stack for every unwinder
        xorl    %ebp, %ebp
        popq    %rax
        popq    %rdi
        call    *%rax
        xorl    %edi, %edi
        movl    $60, %eax               // SYS_exit: this thread alone
        syscall
        hlt
        .cfi_endproc
        .size   holmes_clone_thread, .-holmes_clone_thread
        .section .note.GNU-stack,"",@progbits
