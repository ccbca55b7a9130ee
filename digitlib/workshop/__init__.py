"""Serves the pages for one person (demo), for a class (workshop), and from a USB stick.

    checks, capacity -> workshop -> serving -> a process for each page, parent_watch
    checks, capacity -> lab -> lab_door -> lab_seats -> a process of lab_seat for each

The second line is for the lessons, of which each pupil has a JupyterLab of their own.
`demo` serves the same two pages without checks. `usb` fills a USB stick with
what `usb_data` and others find, `install` is the program on it, and `memory` reduces
the memory of servers. The modules are programs: import the one that you need.
"""
