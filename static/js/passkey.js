// Ties the passkey button to allauth's script, where the browser knows passkeys, and says so when the device gave none.
const part = document.querySelector("[data-passkey]");
const said = part.querySelector("[data-passkey-error]");
if (window.PublicKeyCredential) {
  const { passkey, button, credential, passwordless, options } = part.dataset;
  part.hidden = false;
  part.addEventListener("click", () => { said.hidden = true; });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    said.hidden = false;
  });
  const ids = { [button]: "passkey-button", credential, passwordless, data: options };
  window.allauth.webauthn.forms[passkey]({ ids });
}
