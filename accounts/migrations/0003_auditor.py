"""A role for those who read everything and change nothing."""

from django.db import migrations, models

ROLES = ["sales", "coordinator", "trainer", "manager", "admin", "auditor"]


class Migration(migrations.Migration):
    """Widen the roles a member of staff may have."""

    dependencies = [("accounts", "0002_staff_hours_and_picture")]

    operations = [
        migrations.RemoveConstraint(model_name="staffrole", name="staff_role_known"),
        migrations.AlterField(
            model_name="staffrole",
            name="role",
            field=models.CharField(
                choices=[(role, role) for role in ROLES], max_length=20, verbose_name="role"
            ),
        ),
        migrations.AddConstraint(
            model_name="staffrole",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ROLES)), name="staff_role_known"
            ),
        ),
    ]
