"""The pages for one person (demo), for a class (workshop), and from a USB stick.

    checks, capacity -> workshop -> serving -> a process for each page, parent_watch

`demo` serves the same two pages without checks. `usb` fills a stick, `install` is the
program that lies on it, `memory` keeps servers small. Its modules are programs: import
the one that you need.
"""
