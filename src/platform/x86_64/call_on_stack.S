// void holmes_call_on_stack(void (*run)(), void* stack_top)
        .text
        .globl  holmes_call_on_stack
        .hidden holmes_call_on_stack
        .type   holmes_call_on_stack, @function
holmes_call_on_stack:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        movq    %rsi, %rsp
        andq    $-16, %rsp
        call    *%rdi
        leave
        .cfi_def_cfa rsp, 8
        ret
        .cfi_endproc
        .size   holmes_call_on_stack, .-holmes_call_on_stack
        .section .note.GNU-stack,"",@progbits
