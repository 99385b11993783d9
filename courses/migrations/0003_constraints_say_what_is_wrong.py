"""Sentences for people beside the constraints; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("courses", "0002_search_index")]

    operations = [
        migrations.AlterConstraint(
            model_name='course',
            name='course_eqf_level_1_to_8',
            constraint=models.CheckConstraint(condition=models.Q(('eqf_level__isnull', True), models.Q(('eqf_level__gte', 1), ('eqf_level__lte', 8)), _connector='OR'), name='course_eqf_level_1_to_8', violation_error_message='The EQF level is a number from 1 to 8.'),
        ),
        migrations.AlterConstraint(
            model_name='course',
            name='course_credits_not_negative',
            constraint=models.CheckConstraint(condition=models.Q(('credits__isnull', True), ('credits__gte', 0), _connector='OR'), name='course_credits_not_negative', violation_error_message='Credits cannot be negative.'),
        ),
        migrations.AlterConstraint(
            model_name='run',
            name='run_company_names_organisation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'open'), ('organisation__isnull', True)), models.Q(('kind', 'company'), ('organisation__isnull', False)), _connector='OR'), name='run_company_names_organisation', violation_error_message='A company run names its organisation; an open run names none.'),
        ),
        migrations.AlterConstraint(
            model_name='run',
            name='run_ends_after_it_starts',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='run_ends_after_it_starts', violation_error_message='The last day cannot be before the first.'),
        ),
        migrations.AlterConstraint(
            model_name='run',
            name='run_enrolment_closes_after_it_opens',
            constraint=models.CheckConstraint(condition=models.Q(('enrolment_opens_at__isnull', True), ('enrolment_closes_at__isnull', True), ('enrolment_closes_at__gt', models.F('enrolment_opens_at')), _connector='OR'), name='run_enrolment_closes_after_it_opens', violation_error_message='Enrolment cannot close before it opens.'),
        ),
        migrations.AlterConstraint(
            model_name='run',
            name='run_with_seats_says_when_enrolment_closes',
            constraint=models.CheckConstraint(condition=models.Q(('capacity__isnull', True), ('enrolment_closes_at__isnull', False), _connector='OR'), name='run_with_seats_says_when_enrolment_closes', violation_error_message='Say when enrolment closes.'),
        ),
        migrations.AlterConstraint(
            model_name='run',
            name='run_price_not_negative',
            constraint=models.CheckConstraint(condition=models.Q(('price_net__isnull', True), ('price_net__gte', 0), _connector='OR'), name='run_price_not_negative', violation_error_message='The price cannot be negative.'),
        ),
        migrations.AlterConstraint(
            model_name='run',
            name='run_vat_rate_in_per_cent',
            constraint=models.CheckConstraint(condition=models.Q(('vat_rate__gte', 0), ('vat_rate__lte', 100)), name='run_vat_rate_in_per_cent', violation_error_message='The VAT rate is between 0 and 100 per cent.'),
        ),
        migrations.AlterConstraint(
            model_name='session',
            name='session_ends_after_it_starts',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='session_ends_after_it_starts', violation_error_message='A session ends after it begins.'),
        ),
        migrations.AlterConstraint(
            model_name='theme',
            name='theme_thread_has_a_colour',
            constraint=models.CheckConstraint(condition=models.Q(('thread__gte', 1), ('thread__lte', 6)), name='theme_thread_has_a_colour', violation_error_message='The thread is a number from 1 to 6.'),
        ),
    ]
