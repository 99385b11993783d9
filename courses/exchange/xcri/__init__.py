"""XCRI-CAP feeds of other institutions into the catalogue (E4.4). The verb: `importing.import_feed`.

A feed goes through `sources` (bytes), `cleaning` (safe text), `splitting` (courses), `reading` (elements) and
`mapping` (records) to `importing` (rows); nothing on the way holds more of it than one course.
"""
