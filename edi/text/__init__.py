"""Bytes and segments, byte for byte: what is read here is written back unchanged.

Other rooms use `edi.text.segments` (read, write, Segment, Delimiters) and `edi.text.envelope`.
"""
