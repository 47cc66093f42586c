"""The KernelCI face, over the wire."""
