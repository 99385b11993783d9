"""What mailing keeps: messages, their deliveries and steps, what comes in, sign-ups, and the switch."""

from mailing.models.inbound import Bounce, InboundMail
from mailing.models.messages import Delivery, Message, Sending, Transition, new_message_id
from mailing.models.sign_ups import SignUp

__all__ = [
    "Bounce",
    "Delivery",
    "InboundMail",
    "Message",
    "Sending",
    "SignUp",
    "Transition",
    "new_message_id",
]
