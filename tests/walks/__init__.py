"""Walks over every URL of the portal, made from the URLconf: who may open it, whose rows it shows, what it takes.

A page that is added is walked at once. What may be asked of whoever adds it:

- its URL has arguments: say which in `samples.py` (`SAMPLES`, by the URL's name);
- it only shows something: ask for a permission to see, with `writes` for what its form does; the auditor sees it then;
- it is a form and nothing else: say why the auditor misses nothing (`FORMS` in `test_auditor.py`);
- it takes no empty form, or only of whoever it is about: say so in `test_posts.py` (`FORMS`, `OWN_ALONE`);
- it is not `staff_required`: say in `allowed.py` that it is for everybody or for who is signed in;
- it shows all institutions what belongs to one: say why in `allowed.py` (`SHOWN_TO_ALL`);
- it has a form: list what may be written in `writable.toml`;
- it searches by POST: name the field in `allowed.py` (`SEARCHES`);
- it shows what hangs on a person: hang one on who is walked for looks and restriction, in `person.py` (`MODELS`);
- its model cannot be made from its columns alone: make it in `rows.py` (`SPECIAL`, or a value in `VALUES`).
"""
