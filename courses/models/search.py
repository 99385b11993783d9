"""What search knows: each course's words in each language, and how words found so far break down (A1.1)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from accounts.models import LANGUAGES
from courses.models.catalogue import Course


class SearchEntry(models.Model):
    """The words of one course as readers of one language meet them."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="search_entries")
    language = models.CharField(max_length=2, choices=LANGUAGES)
    title = models.TextField(help_text="Folded: lower case, without accents.")
    tokens = SearchVectorField()
    as_of = models.DateTimeField(help_text="The course's `updated_at` when it was read.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "language"], name="search_entry_once"),
        ]
        indexes = [GinIndex(fields=["tokens"], name="search_entry_tokens")]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


class SearchWord(models.Model):
    """A word of some text and its tokens: what a query is looked up in, and a cache of slow analyses.

    `bases` are its base forms (none for a stop word), `parts` those of a compound's parts, `kin` what
    words derived from each other share. Tokens, as `folded`, are in lower case without accents.
    """

    language = models.CharField(max_length=2, choices=LANGUAGES)
    form = models.TextField(help_text="In lower case.")
    folded = models.TextField()
    bases = ArrayField(models.TextField())
    parts = ArrayField(models.TextField())
    kin = ArrayField(models.TextField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["language", "form"], name="search_word_once"),
        ]
        indexes = [
            models.Index(OpClass("folded", "text_pattern_ops"), name="search_word_begins"),
            GistIndex(OpClass("folded", "gist_trgm_ops"), name="search_word_resembles"),
        ]

    def __str__(self) -> str:
        return self.form
