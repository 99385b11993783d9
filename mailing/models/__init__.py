"""What mailing keeps: messages, their deliveries and steps, sign-ups, and the switch."""

from mailing.models.messages import Delivery, Message, Sending, Transition, new_message_id
from mailing.models.sign_ups import SignUp

__all__ = ["Delivery", "Message", "Sending", "SignUp", "Transition", "new_message_id"]
