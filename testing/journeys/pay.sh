#!/bin/sh
# One payment with nothing but curl (and openssl, which checks the signature of the return): token,
# order, payment, challenge, return, order, and at last a capture, a cancel or a refund.
#
#   GATEWAY=http://127.0.0.1:8080 CLIENT_ID=… CLIENT_SECRET=… SIGNING_KEY=… BACK=https://shop.example.in/back \
#     sh testing/journeys/pay.sh card page capture
#
# First: card, upi_collect, upi_intent, netbanking, wallet, points, credit_emi, debit_emi,
# cardless_emi, lazypay, simpl or simpl3. Second: page (the payer's browser, without JavaScript) or
# otp (the payer's password by call). Third: capture, cancel or refund.
set -eu
WAY=$1 CHALLENGE=$2 ENDING=$3
REFERENCE="$WAY-$CHALLENGE-$ENDING"
CARD=4012001037141112 MOBILE=9876501234 OTP=123456

# The first text field of this name in a JSON object.
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }
# Says so and ends where the last line of stdin is not what it should be.
expect() { told=$(cat); [ "$told" = "$1" ] || { echo "$2: $told, not $1" >&2; exit 1; }; }
call() {
  method=$1 path=$2; shift 2
  curl -sS --fail-with-body -X "$method" "$GATEWAY$path" -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' "$@"
}
# The payer's browser: opens a page, or posts a form, and follows redirects.
browse() { curl -sS --fail -L -A Mozilla/5.0 "$@"; }
# The value of the first attribute that begins so.
attribute() { grep -o "$1\"[^\"]*\"" | head -n 1 | sed 's/[^"]*"\([^"]*\)"/\1/; s/&#38;/\&/g; s/&amp;/\&/g'; }

card="\"card_details\":{\"name\":\"Asha Rao\",\"card_number\":\"$CARD\",\"cvv\":\"123\",\"expiry_month\":\"12\",\"expiry_year\":\"2049\"}"
emi=',"offer_data":{"offer_details":{"tenure":{"tenure_type":"MONTH","tenure_value":6}}}'
device=',"device_info":{"browser_user_agent":"Mozilla/5.0","browser_ip_address":"192.0.2.7"}'
bnpl() { echo "\"bnpl_details\":{\"mobile\":\"$MOBILE\",\"bnpl_pay_code\":\"$1\"}"; }
more=
case $WAY in
  card)         method=CARD option=$card ;;
  upi_collect)  method=UPI option='"upi_details":{"txn_mode":"COLLECT","payer":{"vpa":"success@upi"}}' ;;
  upi_intent)   method=UPI option='"upi_details":{"txn_mode":"INTENT","upi_qr":true}' ;;
  netbanking)   method=NETBANKING option='"netbanking_details":{"pay_code":"NB1531"}' ;;
  wallet)       method=WALLET option='"wallet_details":{"wallet_code":"AMAZON_PAY"}' ;;
  points)       method=POINTS option="\"points_card_details\":{\"card_number\":\"$CARD\",\"registered_mobile_number\":\"$MOBILE\"}" ;;
  credit_emi)   method=CREDIT_EMI option=$card more=$emi ;;
  debit_emi)    method=DEBIT_EMI option=$card more=$emi ;;
  cardless_emi) method=CARDLESS_EMI option="\"cardless_details\":{\"pan_number\":\"ABCDE1234F\",\"registered_mobile_number\":\"$MOBILE\"}" more=$emi ;;
  lazypay)      method=BNPL option=$(bnpl LAZYPAY) ;;
  simpl)        method=BNPL option=$(bnpl SIMPL) more=$device ;;
  simpl3)       method=BNPL option=$(bnpl SIMPL3) more=$device ;;
esac

# The token.
TOKEN=$(curl -sS --fail-with-body "$GATEWAY/api/auth/v1/token" -H 'Content-Type: application/json' \
  -d "{\"client_id\":\"$CLIENT_ID\",\"client_secret\":\"$CLIENT_SECRET\",\"grant_type\":\"client_credentials\"}" \
  | field access_token)

# The order.
[ "$ENDING" = refund ] && held=false paid=PROCESSED || held=true paid=AUTHORIZED
ORDER_ID=$(call POST /api/pay/v1/orders -d "{\"merchant_order_reference\":\"$REFERENCE\",
  \"order_amount\":{\"value\":50000,\"currency\":\"INR\"},\"pre_auth\":$held,
  \"allowed_payment_methods\":[\"$method\"],\"callback_url\":\"$BACK\"}" | field order_id)

# The payment.
BEGUN=$(call POST "/api/pay/v1/orders/$ORDER_ID/payments" -d "{\"payments\":[{
  \"merchant_payment_reference\":\"$REFERENCE-a\",\"payment_method\":\"$method\",
  \"payment_amount\":{\"value\":50000,\"currency\":\"INR\"},\"payment_option\":{$option}$more}]}")
echo "$BEGUN"
echo "$BEGUN" | field status | expect PENDING "the order"
PAYMENT_ID=$(echo "$BEGUN" | field id)
CHALLENGE_URL=$(echo "$BEGUN" | field challenge_url)

# The challenge.
if [ "$CHALLENGE" = otp ]; then
  call POST /api/pay/v1/otp/submit -d "{\"payment_id\":\"$PAYMENT_ID\",\"otp\":\"$OTP\"}" \
    | field status | expect SUCCESS "the password"
else
  page=$(browse "$CHALLENGE_URL")
  case $WAY in
    upi_collect)
      browse -o /dev/null "$(echo "$page" | grep -o 'href="[^"]*/simulator/upi[^"]*"' | attribute href=)" \
        -d decision=approve ;;
    upi_intent)
      app=$(browse -o /dev/null -w '%{url_effective}' "$GATEWAY/simulator/upi" \
        --data-urlencode "link=$(echo "$BEGUN" | field intent_url | sed 's/\\u0026/\&/g')")
      browse -o /dev/null "$app" -d decision=approve ;;
    cardless_emi|lazypay|simpl|simpl3)
      browse -o /dev/null "$GATEWAY$(echo "$page" | grep -o '<form[^>]*otp[^>]*>' | attribute action=)" \
        -d "otp=$OTP" ;;
    *)
      bank=$(echo "$page" | grep -o 'content="0;url=[^"]*"' | attribute content= | sed 's/0;url=//')
      browse -o /dev/null "$bank" -d "otp=$OTP" -d decision=approve ;;
  esac
fi

# The return: what the payer's browser posts to the merchant. Where the bank is slow to tell what it
# decided, the page says so, and is opened again.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  page=$(browse "$CHALLENGE_URL")
  case $page in *'name="signature"'*) break ;; esac
done
form=$(echo "$page" | sed -n 's/.*<input type="hidden" name="\([^"]*\)" value="\([^"]*\)">.*/\1=\2/p')
signed=$(echo "$form" | grep -v '^signature=' | sort | paste -s -d '&')
printf %s "$signed" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$SIGNING_KEY" | sed 's/.* //' \
  | tr a-f A-F | expect "$(echo "$form" | sed -n 's/^signature=//p')" "the signature of $signed"
echo "$form" | sed -n 's/^status=//p' | expect $paid "the return"
curl -sS --fail -o /dev/null "$BACK" -d "$(echo "$form" | paste -s -d '&')"

# The order again, and what becomes of its money.
call GET "/api/pay/v1/orders/$ORDER_ID" | field status | expect $paid "the paid order"
case $ENDING in
  capture)
    call PUT "/api/pay/v1/orders/$ORDER_ID/capture" -d '{"merchant_capture_reference":"c-1"}' \
      | field status | expect PROCESSED "the captured order" ;;
  cancel)
    call PUT "/api/pay/v1/orders/$ORDER_ID/cancel" | field status | expect CANCELLED "the voided order" ;;
  refund)
    call POST "/api/pay/v1/refunds/$ORDER_ID" -d "{\"merchant_order_reference\":\"$REFERENCE-back\"}" \
      | field status | expect PROCESSED "the refund" ;;
esac
call GET "/api/pay/v1/orders/$ORDER_ID"
