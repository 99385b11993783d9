"""Who has looked at whom, and what became of the mails that came in."""

import common.days
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_staff_hours_and_picture'),
        ('consent', '0007_audit'),
        ('crm', '0009_organisations_found_alike'),
        ('mailing', '0005_timeline_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Filing',
            fields=[
                ('mail', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='filing', serialize=False, to='mailing.inboundmail')),
                ('outcome', models.CharField(choices=[('read', 'known sender'), ('filed', 'filed with a customer'), ('set_aside', 'set aside')], max_length=9)),
                ('at', models.DateTimeField(db_default=common.days.PortalNow(), editable=False)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('task', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='filing', to='crm.task')),
            ],
            options={
                'verbose_name': 'filing of a mail',
                'verbose_name_plural': 'filings of mails',
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['read', 'filed', 'set_aside'])), name='filing_outcome_known'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'set_aside'), _negated=True), ('task__isnull', True), _connector='OR'), name='filing_set_aside_asks_nothing')],
            },
        ),
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(blank=True, max_length=20, verbose_name='role')),
                ('page', models.CharField(choices=[('person', 'details and timeline'), ('permission', 'permissions'), ('attachment', 'attached file')], max_length=10, verbose_name='what was looked at')),
                ('at', models.DateTimeField(db_default=common.days.PortalNow(), editable=False)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.institution', verbose_name='institution')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='looks', to='consent.person')),
            ],
            options={
                'verbose_name': 'look at a person',
                'verbose_name_plural': 'looks at people',
                'indexes': [models.Index(fields=['person', '-at', '-id'], name='look_of_person'), models.Index(fields=['at'], name='look_spent')],
                'constraints': [models.CheckConstraint(condition=models.Q(('page__in', ['person', 'permission', 'attachment'])), name='look_page_known')],
            },
        ),
    ]
