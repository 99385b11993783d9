"""Forms drawn with the house's own parts, so that every field has its label, hint and error alike (E1)."""

from django.forms.renderers import TemplatesSetting


class PartsRenderer(TemplatesSetting):
    """`{{ form }}` is the summary of errors and the fields; `{{ form.email.as_field_group }}` is one field."""

    form_template_name = "parts/_form.html"
    field_template_name = "parts/_field.html"
