"""The queue pages: templates, own CSS, own small JavaScript."""
